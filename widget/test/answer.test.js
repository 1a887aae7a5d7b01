import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choicesBelow, readAnswer, splitQuestion } from '../src/answer.js';
import { TEAM } from '../src/contacts.js';

const GRAVE = { ernst: 'ernstig', telefoon: TEAM, adviseur: null };
const BUTTON = { title: 'Raadslid', payload: '/functie' };

/** @param {object} message */
const readOne = (message) => readAnswer({ messages: [message] }).messages[0];

test('an answer without text is a failure, so that the numbers are shown', () => {
  for (const reply of [null, {}, { messages: [] }, { messages: [{ text: ' ' }] }, { messages: [{}] }, { messages: 'x' }]) {
    assert.throws(() => readAnswer(reply));
  }
});

test('what does not look right is left out and the text stays', () => {
  const message = readOne({ text: ' Bel 112. ', source: 3, buttons: [BUTTON, { title: 'x' }, null], card: { ernst: 'x' }, lang: 'NL!', vote: 7 });
  assert.deepEqual(message, { text: 'Bel 112.', source: null, buttons: [BUTTON], card: null, lang: 'nl', vote: '' });
});

test('a vote is asked for only where the server names the answer', () => {
  assert.equal(readOne({ text: 'a', vote: '0123456789abcdef' }).vote, '0123456789abcdef');
  assert.equal(readOne({ text: 'a' }).vote, '');
});

test('a card with a strange number gets the number of the team', () => {
  const card = { ernst: 'acuut', telefoon: 'javascript:alert(1)', adviseur: 7 };
  assert.deepEqual(readOne({ text: 'Bel.', card }).card, { ernst: 'acuut', telefoon: TEAM, adviseur: null });
});

test('in a serious case the question goes with its buttons', () => {
  const text = 'Bel nu.\n\nWat is uw functie?';
  assert.deepEqual(splitQuestion(readOne({ text, card: GRAVE, buttons: [BUTTON] })), {
    text: 'Bel nu.',
    question: 'Wat is uw functie?',
  });
  // Without buttons, or in a calm answer, it stays in the text.
  assert.equal(splitQuestion(readOne({ text, card: GRAVE })).text, text);
  assert.equal(splitQuestion(readOne({ text, buttons: [BUTTON] })).text, text);
});

test('the buttons of a serious message are not repeated below the answer', () => {
  const { messages } = readAnswer({ messages: [{ text: 'a', card: GRAVE, buttons: [BUTTON] }, { text: 'b', buttons: [BUTTON] }] });
  assert.deepEqual(choicesBelow(messages), [BUTTON]);
});
