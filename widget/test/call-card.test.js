import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cardLook, cardNumbers } from '../src/call-card.js';
import { TEAM } from '../src/contacts.js';

/** @typedef {import('../src/answer.js').Card} Card */

/** @param {Card['ernst']} ernst @returns {Card} */
const card = (ernst) => ({ ernst, telefoon: TEAM, adviseur: null });

/** @param {Card['ernst']} ernst @param {string} text */
const headingOf = (ernst, text) => cardLook(card(ernst), cardNumbers(card(ernst), text)[0]).heading;

test('in acute danger 112 stands first, also when the text does not name it', () => {
  assert.deepEqual(cardNumbers(card('acuut'), `Bel ${TEAM}.`), ['112', TEAM]);
  assert.deepEqual(cardNumbers(card('acuut'), 'Ga weg.'), ['112', TEAM]);
  assert.equal(headingOf('acuut', 'Bel 112.'), 'Bel nu 112');
});

test('who thinks of suicide is sent to 113 before 112', () => {
  assert.deepEqual(cardNumbers(card('acuut'), 'Bel 113 of 0800-0113. Bij gevaar 112.'), ['113', '112', TEAM]);
  assert.equal(headingOf('acuut', 'Bel 113.'), 'Praat nu met iemand');
});

test('a number stands on the card once, however often and however the text writes it', () => {
  assert.deepEqual(cardNumbers(card('ernstig'), 'Bel 070 373 83 14, dus 070-3738314. Of 112.'), ['070 373 83 14', '112']);
});

test('a card always has the number of the team', () => {
  assert.deepEqual(cardNumbers(card('zorg'), 'Vervelend.'), [TEAM]);
  assert.equal(headingOf('zorg', 'Vervelend.'), 'Wilt u erover praten?');
  assert.equal(headingOf('ernstig', 'Vervelend.'), 'Bel het Ondersteuningsteam');
  assert.equal(headingOf('ernstig', 'Bel 0900-8844.'), 'Bel voor hulp');
});

test('an amount or a year is no emergency number', () => {
  assert.deepEqual(cardNumbers(card('ernstig'), 'Dat kost 112,50 of 1123 euro.'), [TEAM]);
});
