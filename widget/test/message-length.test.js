import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bothEnds, counterText, excessOf } from '../src/message-length.js';

test('the counter appears near the end and says when a text is too long', () => {
  const under = (/** @type {number} */ length) => counterText(excessOf('a'.repeat(length), 2000));
  assert.equal(under(0), '');
  assert.equal(under(1800), '');
  assert.equal(under(1801), 'Nog 199 tekens');
  assert.equal(under(2000), 'Nog 0 tekens');
  assert.match(under(2001), /1 teken te lang/);
});

test('an emoji counts as one character, and spaces around the text do not count', () => {
  assert.equal(excessOf('😀😀', 2), 0);
  assert.equal(excessOf('  ab \n', 2), 0);
});

test('of a very long text the beginning and the end are sent', () => {
  const text = `begin${'x'.repeat(30_000)}einde`;
  const sent = bothEnds(text);
  assert.ok(sent.length <= 20_000);
  assert.ok(sent.startsWith('begin') && sent.endsWith('einde'));
  assert.equal(bothEnds('kort'), 'kort');
});
