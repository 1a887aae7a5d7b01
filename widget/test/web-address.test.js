import assert from 'node:assert/strict';
import { test } from 'node:test';

import { webAddress } from '../src/web-address.js';

const BASE = 'https://gemeente.example/nieuws/';

test('an address of a host is taken, also without its origin', () => {
  assert.equal(webAddress('/privacy', BASE), 'https://gemeente.example/privacy');
  assert.equal(webAddress('http://elders.example/', BASE), 'http://elders.example/');
});

test('a script, data or nothing is no address', () => {
  for (const value of ['javascript:alert(1)', 'data:text/html,x', 'https://', '', null]) {
    assert.equal(webAddress(value, BASE), '');
  }
});
