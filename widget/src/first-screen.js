/** The first screen: what the assistant is, whom to call, and where to begin. */
import { element } from './dom.js';
import { renderChoices } from './message-rendering.js';
import { MINUTES } from './session-time.js';
import { renderLine, renderText, webLink } from './text-rendering.js';
import { TEXT, lasts } from './texts.js';
import { webAddress } from './web-address.js';

/** @typedef {import('./answer.js').Say} Say */
/** @typedef {import('./mount.js').Mount} Mount */

/** @param {string} question @param {string} answer */
const details = (question, answer) =>
  element('details', {}, element('summary', {}, question), element('div', {}, renderText(answer)));

/** @param {Mount} mount @param {(say: Say) => void} say */
export function firstScreen({ host, exitsByKey }, say) {
  const contact = host.getAttribute('contact');
  const privacy = webAddress(host.getAttribute('privacy-url'));
  const accessibility = webAddress(host.getAttribute('accessibility-url'));
  const starters = TEXT.starters.map((text) => ({ text }));
  const screen = new DocumentFragment();
  screen.append(renderText(TEXT.intro));
  if (contact) screen.append(element('p', { class: 'contact' }, ...renderLine(contact)));
  screen.append(renderChoices(TEXT.startersLabel, starters, say));
  if (exitsByKey) screen.append(element('p', {}, TEXT.exitKey));
  screen.append(element('p', {}, lasts(Number(host.getAttribute('minutes')) || MINUTES)));
  screen.append(details(TEXT.moreQuestion, TEXT.moreAnswer), details(TEXT.exitQuestion, TEXT.exitAnswer));
  if (privacy) screen.append(element('p', {}, webLink(privacy, TEXT.privacy)));
  if (accessibility) screen.append(element('p', {}, webLink(accessibility, TEXT.accessibility)));
  return screen;
}
