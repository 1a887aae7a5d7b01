import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

import { bundle } from '../build.mjs';

/** @type {Awaited<ReturnType<typeof bundle>>} */
let built;

before(async () => {
  built = await bundle();
});

test('the file that browsers load is what the build makes, byte for byte', async () => {
  const file = await readFile(new URL('../weerbaar-chat.js', import.meta.url), 'utf8');
  assert.ok(file === built.code, 'run npm run build --prefix widget');
});

test('imports run one way, those of types too', async () => {
  /** @type {Map<string, string[]>} */
  const imports = new Map();
  for (const module of built.modules) {
    const code = await readFile(new URL(`../${module}`, import.meta.url), 'utf8');
    imports.set(module, [...code.matchAll(/(?:from |import\()'\.\/([\w-]+\.js)'/g)].map(([, name]) => `src/${name}`));
  }
  const visit = (/** @type {string} */ module, /** @type {string[]} */ path) => {
    assert.ok(!path.includes(module), `a circle: ${[...path, module].join(' > ')}`);
    for (const other of imports.get(module) ?? []) visit(other, [...path, module]);
  };
  visit('src/main.js', []);
  assert.ok(imports.size > 20);
});
