import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ShiftPresses } from '../src/shift-presses.js';

const NO_OTHERS = { ctrlKey: false, altKey: false, metaKey: false };

/** Presses keys, each with the time at which it is let go; returns whether the last one leaves. @param {...[string, number]} keys */
function press(...keys) {
  const presses = new ShiftPresses();
  return keys.map(([key, timeStamp]) => {
    presses.down({ key, ...NO_OTHERS });
    return presses.up({ key, timeStamp });
  });
}

test('Shift three times within two seconds leaves', () => {
  assert.deepEqual(press(['Shift', 100], ['Shift', 900], ['Shift', 2100]), [false, false, true]);
});

test('slow presses do not, until three are quick', () => {
  assert.deepEqual(press(['Shift', 0], ['Shift', 1500], ['Shift', 3000], ['Shift', 3200]), [false, false, false, true]);
});

test('another key between them begins anew', () => {
  assert.deepEqual(press(['Shift', 0], ['Shift', 100], ['d', 200], ['Shift', 300], ['Shift', 400]).includes(true), false);
});

test('capitals, shortcuts and a selection by mouse do not leave', () => {
  const presses = new ShiftPresses();
  for (const time of [0, 100, 200]) {
    presses.down({ key: 'Shift', ...NO_OTHERS });
    presses.down({ key: 'A', ...NO_OTHERS });
    assert.equal(presses.up({ key: 'Shift', timeStamp: time }), false);
  }
  for (const time of [300, 400, 500]) {
    presses.down({ key: 'Shift', ...NO_OTHERS, ctrlKey: true });
    assert.equal(presses.up({ key: 'Shift', timeStamp: time }), false);
  }
  for (const time of [600, 700, 800]) {
    presses.down({ key: 'Shift', ...NO_OTHERS });
    presses.reset();
    assert.equal(presses.up({ key: 'Shift', timeStamp: time }), false);
  }
});
