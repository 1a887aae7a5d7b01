import assert from 'node:assert/strict';
import { test } from 'node:test';

import { phaseAt, warnBefore } from '../src/session-time.js';

const MINUTE = 60_000;
const END = 30 * MINUTE;

test('the warning comes two minutes before the end', () => {
  const phase = (/** @type {number} */ now) => phaseAt(now, END, warnBefore(30));
  assert.equal(phase(27.9 * MINUTE), 'going on');
  assert.equal(phase(28 * MINUTE), 'ends soon');
  assert.equal(phase(END), 'forgotten');
  // A laptop that slept.
  assert.equal(phase(90 * MINUTE), 'forgotten');
});

test('a server that remembers shortly gets its warning halfway', () => {
  assert.equal(warnBefore(2), MINUTE);
});

test('before the first message there is nothing to forget', () => {
  assert.equal(phaseAt(END, 0, warnBefore(30)), 'going on');
});
