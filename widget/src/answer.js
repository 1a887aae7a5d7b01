/** The answers of the server: what they hold, and how they are read. */
import { TEAM } from './contacts.js';

/** @typedef {{title: string, payload: string}} Choice a button of an answer */
/** @typedef {{ernst: 'acuut' | 'ernstig' | 'zorg', telefoon: string, adviseur: string | null}} Card */
/**
 * @typedef {{text: string, source: string | null, buttons: Choice[], card: Card | null, lang: string, vote: string}} Message
 * `vote` names the answer on which the user may vote; it is empty when nobody asks
 */
/** @typedef {{messages: Message[], failure: boolean}} Answer */
/** @typedef {{text: string, payload?: string, id?: string}} Say what the user types, or the title of a button with its payload */

/**
 * Reads an answer. One without text is a failure. Anything else that does not look right is left out, because the text
 * matters most.
 * @param {any} reply
 * @returns {Answer}
 */
export function readAnswer(reply) {
  const messages = reply?.messages;
  if (!Array.isArray(messages)) throw new Error('no messages');
  const answer = { messages: messages.map(readMessage), failure: reply.failure === true };
  if (!answer.messages.some(({ text }) => text)) throw new Error('empty answer');
  return answer;
}

/** @param {any} raw @returns {Message} */
function readMessage(raw) {
  if (typeof raw?.text !== 'string') throw new Error('message without text');
  const buttons = Array.isArray(raw.buttons) ? raw.buttons : [];
  return {
    text: raw.text.trim(),
    source: typeof raw.source === 'string' ? raw.source : null,
    buttons: buttons.filter((/** @type {any} */ b) => typeof b?.title === 'string' && typeof b.payload === 'string'),
    card: readCard(raw.card),
    lang: /^[a-z]{2}$/.test(raw.lang) ? raw.lang : 'nl',
    vote: typeof raw.vote === 'string' ? raw.vote : '',
  };
}

/** @param {any} raw @returns {Card | null} */
function readCard(raw) {
  if (!['acuut', 'ernstig', 'zorg'].includes(raw?.ernst)) return null;
  return {
    ernst: raw.ernst,
    telefoon: /^[\d -]{3,20}$/.test(raw.telefoon) ? raw.telefoon : TEAM,
    adviseur: typeof raw.adviseur === 'string' ? raw.adviseur : null,
  };
}

/** @param {{card: Card | null}} message */
export const isSerious = ({ card }) => Boolean(card && card.ernst !== 'zorg');

/**
 * In a serious case the last paragraph, when it asks something, goes with the buttons that answer it.
 * @param {Message} message
 */
export function splitQuestion(message) {
  const [, text, question] = /^(.*?)\n\s*\n([^\n]*\?[^\n]*)$/s.exec(message.text) ?? [];
  return question && message.buttons.length && isSerious(message)
    ? { text, question }
    : { text: message.text, question: '' };
}

/** The choices that stand below the answer; those of a serious message are on its card. @param {Message[]} messages */
export const choicesBelow = (messages) => messages.flatMap((message) => (isSerious(message) ? [] : message.buttons));

/** @param {Choice[]} choices @returns {Say[]} */
export const saysOf = (choices) => choices.map(({ title, payload }) => ({ text: title, payload }));
