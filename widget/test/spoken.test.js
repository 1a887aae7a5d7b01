import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readAnswer } from '../src/answer.js';
import { alarmOf, spokenOf, withoutDashes } from '../src/spoken.js';

const CHOICES = [
  { title: 'Burgemeester', payload: '/a' },
  { title: 'Raadslid', payload: '/b' },
];

/** @param {...object} messages */
const read = (...messages) => readAnswer({ messages }).messages;

test('the texts are read in their language, then what can be chosen', () => {
  assert.deepEqual(spokenOf(read({ text: 'Hallo.' }, { text: 'Hello.', lang: 'en', buttons: CHOICES })), [
    { text: 'Hallo.', lang: 'nl' },
    { text: 'Hello.', lang: 'en' },
    { text: 'U kunt kiezen: Burgemeester, Raadslid', lang: 'nl' },
  ]);
});

test('a question is read once, with its answers', () => {
  const card = { ernst: 'ernstig', telefoon: '070-3738314' };
  assert.deepEqual(
    spokenOf(read({ text: 'Bel.\n\nWat is uw functie?', card, buttons: CHOICES })).map(({ text }) => text),
    ['Bel.', 'Wat is uw functie? Burgemeester, Raadslid'],
  );
});

test('only acute danger interrupts, with the heading of its card', () => {
  const messages = (/** @type {string} */ ernst) => read({ text: 'Let op.' }, { text: 'Bel 112.', card: { ernst } });
  assert.equal(alarmOf(messages('acuut')), 'Bel nu 112');
  assert.equal(alarmOf(messages('ernstig')), '');
});

test('the dashes of a list are not read out', () => {
  assert.equal(withoutDashes('Dit:\n- een\n- twee - of drie'), 'Dit:\neen\ntwee - of drie');
});
