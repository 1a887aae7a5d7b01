import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isSameNumber, spaced, telephoneLink } from '../src/contacts.js';

test('a number is called in the form that its network knows', () => {
  assert.equal(telephoneLink('070-3738314'), 'tel:+31703738314');
  assert.equal(telephoneLink('06 12 34 56 78'), 'tel:+31612345678');
  assert.equal(telephoneLink('112'), 'tel:112');
  // These exist only inside the Netherlands.
  assert.equal(telephoneLink('0800-0113'), 'tel:08000113');
  assert.equal(telephoneLink('0900-8844'), 'tel:09008844');
});

test('the number of the team is written so that it can be dialled', () => {
  assert.equal(spaced('070-3738314'), '070 - 373 83 14');
  assert.equal(spaced('112'), '112');
});

test('a number is the same however it is written', () => {
  assert.ok(isSameNumber('070-3738314', '070 373 83 14'));
  assert.ok(!isSameNumber('112', '113'));
});
