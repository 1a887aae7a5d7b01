/** What a call card shows: its numbers, their order, its heading and its look. */
import { EMERGENCY, PHONE, SUICIDE_PREVENTION, digits, isSameNumber } from './contacts.js';
import { TEXT } from './texts.js';

/** @typedef {import('./answer.js').Card} Card */
/** @typedef {{className: string, iconName: 'warning' | 'phone' | 'talk', heading: string}} Look */

/**
 * The numbers of a card, most important first: those that the text names, in its order, so that card and text agree.
 * In acute danger 112 stands first, unless the text sends the user to 113: who thinks of suicide needs 113 most.
 * @param {Card} card @param {string} text
 */
export function cardNumbers(card, text) {
  const named = text.match(new RegExp(PHONE, 'g')) ?? [];
  // 0800-0113 is the same line as 113, and the text has it too.
  const found = named.map((number) => (digits(number) === '08000113' ? SUICIDE_PREVENTION : number));
  if (card.ernst === 'acuut' && ![EMERGENCY, SUICIDE_PREVENTION].includes(found[0])) found.unshift(EMERGENCY);
  found.push(card.telefoon);
  return found.filter((number, at) => found.findIndex((other) => isSameNumber(other, number)) === at);
}

/**
 * The severity is told by words and icon, and only then by colour. Who is sent to 113 needs a voice, not an alarm.
 * @param {Card} card @param {string} first the first number
 * @returns {Look}
 */
export function cardLook({ ernst, telefoon }, first) {
  if (first === SUICIDE_PREVENTION) return { className: 'ernstig', iconName: 'talk', heading: TEXT.cardSuicide };
  if (ernst === 'acuut') return { className: 'acuut', iconName: 'warning', heading: TEXT.cardAcute };
  if (ernst === 'zorg') return { className: 'zorg', iconName: 'talk', heading: TEXT.cardConcern };
  const heading = isSameNumber(first, telefoon) ? TEXT.cardTeam : TEXT.cardOther;
  return { className: 'ernstig', iconName: 'phone', heading };
}
