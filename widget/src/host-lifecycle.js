/**
 * One chat on a page, whatever its host does: which element has the button, which conversation waits for its next element,
 * and the element that a tag alone puts on the page.
 */
import { script } from './script-tag.js';

/** @typedef {import('./chat.js').Chat} Chat */
/** @typedef {import('../weerbaar-chat.js').WeerbaarChatElement & {connectedCallback(): void}} ChatElement */

export const NAME = 'weerbaar-chat';
export const ATTRIBUTES = [
  'server', 'label', 'logo', 'contact', 'exit-url', 'exit-key', 'privacy-url', 'accessibility-url', 'open', 'mode',
  'minutes', 'timeout', 'place',
];
const COMES_BACK_AT_MOST = 20;
const COMES_BACK_WITHIN = 1000;

/** The element with the button. One is enough: a second element on the page stays empty. @type {ChatElement | null} */
let launcherOwner = null;
/** What we put on the page ourselves. @type {ChatElement | null} */
let inserted = null;
/** A chat whose element was taken away. The next element shows it. @type {Chat | null} */
let waiting = null;
let timesBack = 0;
let lastBack = 0;

/** Returns whether this element gets the button. @param {ChatElement} element */
export function claimLauncher(element) {
  // What the host wrote goes before what we put there ourselves.
  if (launcherOwner === inserted && inserted !== element) inserted?.remove();
  if (launcherOwner) return false;
  launcherOwner = element;
  return true;
}

/** @param {ChatElement} element */
export function releaseLauncher(element) {
  if (launcherOwner === element) launcherOwner = null;
}

/** The chat that waits for an element, if any. */
export function takeWaiting() {
  const chat = waiting;
  waiting = null;
  return chat;
}

/** Keeps a chat whose element was taken away. @param {Chat} chat */
export function keepWaiting(chat) {
  waiting?.discard();
  waiting = chat;
  setTimeout(comeBack);
}

/** A page with only our script tag gets the element too. */
export function insertElement() {
  if (document.querySelector(NAME)) return;
  if (!script) {
    console.info(`<${NAME}> can be used. Put it on the page yourself: it does not come by itself from a module.`);
    return;
  }
  if (!inserted) {
    inserted = /** @type {ChatElement} */ (document.createElement(NAME));
    for (const name of ATTRIBUTES) {
      const value = script.getAttribute(`data-${name}`);
      if (value !== null) inserted.setAttribute(name, value);
    }
  }
  document.body.append(inserted);
}

/** The host took an element away. */
function comeBack() {
  for (const chat of document.querySelectorAll(NAME)) /** @type {ChatElement} */ (chat).connectedCallback();
  if (!script || !document.body) return;
  // A host that takes it away each time has its way.
  if (Date.now() - lastBack > COMES_BACK_WITHIN) timesBack = 0;
  lastBack = Date.now();
  if (++timesBack <= COMES_BACK_AT_MOST) insertElement();
}
