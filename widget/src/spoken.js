/** What a screen reader reads out of an answer. */
import { choicesBelow, isSerious, splitQuestion } from './answer.js';
import { cardLook, cardNumbers } from './call-card.js';
import { TEXT } from './texts.js';

/** @typedef {import('./answer.js').Message} Message */
/** @typedef {{text: string, lang?: string}} Spoken */

/**
 * The texts of an answer, and after them what can be chosen.
 * @param {Message[]} messages
 * @returns {Spoken[]}
 */
export function spokenOf(messages) {
  const texts = messages.map((message) => ({ text: splitQuestion(message).text, lang: message.lang }));
  const onCards = messages.filter(isSerious).map((message) => ({ ...splitQuestion(message), buttons: message.buttons }));
  const groups = [...onCards, { question: '', buttons: choicesBelow(messages) }];
  const choices = groups
    .filter(({ buttons }) => buttons.length)
    .map(({ question, buttons }) => `${question || TEXT.choices} ${buttons.map(({ title }) => title).join(', ')}`);
  return [...texts, ...choices.map((text) => ({ text, lang: 'nl' }))];
}

/** The heading of the card in acute danger, which interrupts what is being read; empty without one. @param {Message[]} messages */
export function alarmOf(messages) {
  for (const { card, text } of messages) {
    if (card?.ernst === 'acuut') return cardLook(card, cardNumbers(card, text)[0]).heading;
  }
  return '';
}

/** As it is read out: without the dashes of a list. @param {string} text */
export const withoutDashes = (text) => text.replace(/^- /gm, '');
