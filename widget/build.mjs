/**
 * Makes weerbaar-chat.js, the one file that browsers load, of the modules in src/. The file is in the repository, so that
 * whoever serves or embeds the chat needs no Node.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

// What is inside a function is no global, and strict mode there does not change the code that a host puts beside it.
const OPENING = `\
// Built by esbuild from the modules in widget/src: npm run build --prefix widget. Change those, not this file.
(() => {
"use strict";`;
const CLOSING = '})();';

/** Returns the code of the file, and the names of its modules. */
export async function bundle() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    entryPoints: ['src/main.js'],
    bundle: true,
    format: 'esm',
    banner: { js: OPENING },
    footer: { js: CLOSING },
    charset: 'utf8',
    // The oldest browsers of docs/embed.md.
    target: ['chrome88', 'firefox90', 'safari15'],
    // These browsers know both; esbuild says no for two details that we do not use. One is the letters that came into
    // Unicode later. The other, a spread in an optional call, is refused by eslint.config.mjs.
    supported: { 'regexp-unicode-property-escapes': true, 'optional-chain': true },
    // The settings of the type check, which esbuild would read too, are no part of the build.
    tsconfigRaw: {},
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return { code: outputFiles[0].text, modules: Object.keys(metafile.inputs) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code } = await bundle();
  await writeFile(new URL('weerbaar-chat.js', import.meta.url), code);
}
