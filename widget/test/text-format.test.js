import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blocksOf, compoundParts, piecesOf } from '../src/text-format.js';

test('blank lines end paragraphs, and lines with a dash are a list', () => {
  assert.deepEqual(blocksOf('Een\r\ntwee\n\nDrie:\n- vier\n  - vijf\nzes\n\n\n- zeven\n\n- acht'), [
    { kind: 'paragraph', lines: ['Een', 'twee'] },
    { kind: 'paragraph', lines: ['Drie:'] },
    { kind: 'list', lines: ['vier', 'vijf'] },
    { kind: 'paragraph', lines: ['zes'] },
    { kind: 'list', lines: ['zeven'] },
    { kind: 'list', lines: ['acht'] },
  ]);
  assert.deepEqual(blocksOf(''), []);
});

/** @param {string} line */
const links = (line) => piecesOf(line).filter(({ kind }) => kind !== 'text').map(({ href }) => href);

test('numbers, mail and web addresses can be tapped', () => {
  assert.deepEqual(links('Bel 070-3738314, 0800-0113 of 112.'), ['tel:+31703738314', 'tel:08000113', 'tel:112']);
  assert.deepEqual(links('Mail info@weerbaarbestuur.nl.'), ['mailto:info@weerbaarbestuur.nl']);
  assert.deepEqual(links('Zie www.politie.nl/a?b=c, (https://example.nl/x).'), [
    'https://www.politie.nl/a?b=c',
    'https://example.nl/x',
  ]);
});

test('what is no number and no address stays text', () => {
  assert.deepEqual(links('Artikel 112.3, 1125 euro, nummer 12345, javascript:alert(1)'), []);
});

test('nothing of a line is lost', () => {
  const line = '  Bel 112, of mail a@b.nl!';
  assert.equal(piecesOf(line).map(({ text }) => text).join(''), line);
  assert.deepEqual(piecesOf(''), []);
});

test('long compounds may be broken between their words, and only there', () => {
  assert.deepEqual(compoundParts('Ondersteuningsteam'), ['Onder', 'steunings', 'team']);
  assert.deepEqual(compoundParts('Zelfmoordpreventie'), ['Zelfmoord', 'preventie']);
  assert.deepEqual(compoundParts('Wethoudersvereniging'), ['Wethouders', 'vereniging']);
  assert.deepEqual(compoundParts('melding'), ['melding']);
});
