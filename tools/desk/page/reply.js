/** <desk-reply>: an answer in the looks of the chat, made by the modules of the chat itself. */
import { choicesBelow, readAnswer, saysOf } from '/widget/answer.js';
import { renderChoices, renderMessage } from '/widget/message-rendering.js';
import { addStyle } from '/widget/styles.js';
import { element, tell } from '/page/dom.js';

// The chat fills its panel and scrolls in it; here an answer is as high as it is.
const FITTED = new CSSStyleSheet();
FITTED.replaceSync(`
  .root.page, .root { height: auto; container-type: inline-size; background: none; }
  .log { padding: 0; overflow: visible; }
  ol > li { margin-top: 0; } ol > li + li { margin-top: 16px; }
  .bubble { max-width: 100%; }
`);

class DeskReply extends HTMLElement {
  /**
   * @param {any[]} messages as the server gives them to the chat
   * @param {(say: {text: string, payload?: string}) => void} say called when a button is pressed
   */
  show(messages, say) {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    this.setAttribute('mode', 'page');
    const read = readAnswer({ messages }).messages;
    const items = read.map((message) => renderMessage(message, { say, announce: tell }));
    const choices = choicesBelow(read);
    if (choices.length) items[items.length - 1].append(renderChoices('', saysOf(choices), say));
    for (const item of items) item.removeAttribute('tabindex');
    const list = element('div', { class: 'log' }, element('ol', {}, ...items));
    const newWindow = element('span', { id: 'new-window', hidden: '' }, 'opent in een nieuw venster');
    root.replaceChildren(element('div', { class: 'root page', lang: 'nl' }, list, newWindow));
    addStyle(root);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, FITTED];
  }
}
customElements.define('desk-reply', DeskReply);

/** As the chat on the website shows it. @param {any[]} messages @param {(say: any) => void} say */
export function inChat(messages, say) {
  const reply = /** @type {DeskReply} */ (document.createElement('desk-reply'));
  reply.show(messages, say);
  // In a box of its own: its height is 100 % of the box, which would be too much in a grid.
  return element('div', {}, reply);
}

/** As a messaging app shows it, in its own looks. @param {any} bubble @param {any[]} messages @param {(say: any) => void} say */
export function inApp({ text, buttons, phone }, messages, say) {
  const node = element('div', { class: 'app' }, element('p', {}, text));
  if (phone) node.append(element('p', { class: 'phone' }, `Ondersteuningsteam Weerbaar Bestuur: ${phone}`));
  const payloads = messages.flatMap((message) => message.buttons);
  if (buttons.length) {
    const choices = buttons.map((/** @type {string} */ title) => {
      const press = element('button', { type: 'button' }, title);
      press.addEventListener('click', () => say({ text: title, payload: payloads.find((one) => one.title === title)?.payload }));
      return press;
    });
    node.append(element('div', { class: 'row', role: 'group', 'aria-label': 'Knoppen' }, ...choices));
  }
  return node;
}
