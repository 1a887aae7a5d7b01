import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TEAM } from '../src/contacts.js';
import { TEXT, askForAdviser, lasts, tooLong } from '../src/texts.js';

test('the adviser is asked for in good Dutch', () => {
  assert.equal(askForAdviser('Wethoudersvereniging'), 'Vraag naar de adviseur van de Wethoudersvereniging');
  assert.equal(
    askForAdviser('Nederlands Genootschap van Burgemeesters'),
    'Vraag naar de adviseur van het Nederlands Genootschap van Burgemeesters',
  );
  assert.equal(askForAdviser('Statenlid.nu'), 'Vraag naar de adviseur van Statenlid.nu');
  assert.equal(askForAdviser('Netwerk Weerbaar Bestuur'), 'Vraag naar de adviseur Netwerk Weerbaar Bestuur');
});

test('one character is no plural', () => {
  assert.match(tooLong(1), /is 1 teken te lang/);
  assert.match(tooLong(2), /is 2 tekens te lang/);
});

test('the first screen gives the number of the team and says that a computer answers', () => {
  assert.ok(TEXT.intro.includes(TEAM));
  assert.match(TEXT.intro, /computer/);
});

test('the user hears after how many minutes the assistant forgets', () => {
  assert.match(lasts(45), /45 minuten/);
});
