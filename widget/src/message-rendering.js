/** Renders the items of the log: what the user said, what was answered, what can be chosen, what went wrong. */
import { isSerious, saysOf, splitQuestion } from './answer.js';
import { renderCard } from './card-rendering.js';
import { button, element, hidden, icon } from './dom.js';
import { numbers, renderLine, renderText } from './text-rendering.js';
import { TEXT } from './texts.js';

/** @typedef {import('./answer.js').Message} Message */
/** @typedef {import('./answer.js').Say} Say */
/**
 * @typedef {{
 *   say: (say: Say) => void, announce: (text: string) => void, vote: (name: string, helps: boolean) => Promise<boolean>
 * }} Actions what the buttons in an item do
 */

/** @param {string} label @param {Say[]} says @param {(say: Say) => void} say */
export function renderChoices(label, says, say) {
  const box = element('div', { class: 'choices', role: 'group', 'aria-label': label || TEXT.choices });
  if (label) box.append(element('p', { 'aria-hidden': 'true' }, label));
  for (const choice of says) box.append(button(choice.text, '', () => say(choice)));
  return box;
}

/** What the user said. @param {string} text */
export function renderSaid(text) {
  const bubble = element('div', { class: 'bubble', dir: 'auto' }, text);
  return element('li', { class: 'mine', tabindex: '-1' }, hidden(TEXT.you), bubble);
}

/** Asks whether the answer helps. A vote that is counted stays. @param {string} name @param {Actions} actions */
function renderVote(name, { announce, vote }) {
  const result = element('p');
  const box = element('div', { class: 'vote', role: 'group', 'aria-label': TEXT.vote });
  for (const helps of [true, false]) {
    const press = (/** @type {boolean} */ is) => choice.setAttribute('aria-pressed', String(is));
    const choice = button(helps ? TEXT.helps : TEXT.helpsNot, 'plain', async () => {
      if (box.querySelector('[aria-pressed=true]')) return;
      press(true);
      const isCounted = await vote(name, helps);
      press(isCounted);
      result.textContent = isCounted ? TEXT.voted : TEXT.notSure;
      announce(result.textContent);
    });
    press(false);
    box.append(choice);
  }
  box.append(result);
  return box;
}

/** @param {Message} message @param {Actions} actions */
export function renderMessage(message, actions) {
  const { say, announce } = actions;
  const { card, lang, source } = message;
  const { text, question } = splitQuestion(message);
  const shown = element('div', { class: 'text', lang, dir: lang === 'ar' ? 'rtl' : 'ltr' }, renderText(text));
  const bubble = element('div', { class: 'bubble' }, shown);
  bubble.hidden = !text;
  if (source) bubble.append(element('p', { class: 'source' }, TEXT.source, ...renderLine(source)));
  const item = element('li', { class: 'bot', tabindex: '-1' }, hidden(TEXT.bot), bubble);
  if (card) {
    const hasChoices = isSerious(message) && message.buttons.length;
    const choices = hasChoices ? renderChoices(question, saysOf(message.buttons), say) : '';
    const box = renderCard({ card, text: message.text }, announce, choices);
    // In a serious case the number comes before the words, and so does what is asked.
    if (isSerious(message)) bubble.before(box);
    else bubble.after(box);
  }
  if (message.vote) item.append(renderVote(message.vote, actions));
  return item;
}

/** A failure, with the numbers. @param {string} title @param {string} advice @param {(() => void) | null} retry */
export function renderFailure(title, advice, retry) {
  const block = element('div', { class: 'failure' }, element('h3', {}, icon('warning'), title));
  block.append(element('div', { class: 'text' }, renderText(advice)), numbers());
  if (retry) block.append(button(TEXT.retry, 'main', retry));
  return element('li', { class: 'unanswered', tabindex: '-1' }, block);
}

/** A sentence of the chat itself, between the messages. @param {string} text */
export const renderNote = (text) => element('li', { class: 'note' }, text);
