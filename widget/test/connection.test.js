import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Connection, Refused } from '../src/connection.js';

const ADDRESS = 'https://assistent.example/webhooks/web';
const SESSION = { session: 'geheim', minutes: 10, max_characters: 500 };
const ANSWER = { messages: [{ text: 'Bel 112.' }] };
const { fetch } = globalThis;

afterEach(() => {
  globalThis.fetch = fetch;
});

/**
 * Lets the server answer each request in turn, with a body, a status and a body, or an error of the network.
 * Returns what was asked.
 * @param {...any} replies
 */
function serve(...replies) {
  /** @type {{address: string, body: any, headers: any}[]} */
  const asked = [];
  globalThis.fetch = async (address, { method, headers, body, signal }) => {
    asked.push({ address: `${method} ${String(address).slice(ADDRESS.length)}`, body: body && JSON.parse(body), headers });
    const reply = replies.shift();
    if (reply === 'hangs') {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    }
    if (reply instanceof Error) throw reply;
    const [status, content] = Array.isArray(reply) ? reply : [200, reply];
    return new Response(JSON.stringify(content), { status });
  };
  return asked;
}

/** @param {Connection} connection @param {object} [say] */
const send = (connection, say = { text: 'help' }) => connection.send(/** @type {any} */ (say), () => {});

test('the first message makes a session, which later messages use', async () => {
  const asked = serve(SESSION, ANSWER, ANSWER);
  const connection = new Connection(ADDRESS, 1000);
  assert.equal((await send(connection)).messages[0].text, 'Bel 112.');
  await send(connection);
  assert.deepEqual(asked.map(({ address }) => address), ['POST /session', 'POST /message', 'POST /message']);
  assert.equal(asked[2].headers.Authorization, 'Bearer geheim');
  assert.equal(connection.maxCharacters, 500);
  assert.ok(Math.abs(connection.endsAt - Date.now() - 10 * 60_000) < 1000);
});

test('a network that fails once is not noticed', async () => {
  serve(new Error('network'), SESSION, new Error('network'), ANSWER);
  assert.equal((await send(new Connection(ADDRESS, 1000))).failure, false);
});

test('a message that is said again after a failure keeps its id, so that it is answered once', async () => {
  const asked = serve(SESSION, [502, 'broken'], ANSWER);
  const connection = new Connection(ADDRESS, 1000);
  const say = { text: 'help' };
  await assert.rejects(send(connection, say));
  await send(connection, say);
  assert.equal(asked[1].body.id, asked[2].body.id);
});

test('a session that the server forgot is replaced, and a button is then said in words', async () => {
  const asked = serve(SESSION, ANSWER, [401, { error: 'unknown_session', message: 'Weg.' }], SESSION, ANSWER);
  const connection = new Connection(ADDRESS, 1000);
  await send(connection);
  let renewed = 0;
  await connection.send({ text: 'Zelfscan', payload: '/zelfscan' }, () => (renewed += 1));
  assert.equal(renewed, 1);
  assert.equal(asked[2].body.payload, '/zelfscan');
  assert.equal(asked[4].body.text, 'Zelfscan');
  assert.equal(asked[4].body.payload, undefined);
});

test('a refusal comes with its sentence, and a broken server without one', async () => {
  const refusal = { error: 'too_long', message: 'Uw bericht is te lang.' };
  serve(SESSION, [413, refusal], [503, refusal], [500, refusal]);
  const connection = new Connection(ADDRESS, 1000);
  const isRefused = (/** @type {unknown} */ error) => error instanceof Refused && error.message === refusal.message;
  await assert.rejects(send(connection), isRefused);
  await assert.rejects(send(connection), isRefused);
  await assert.rejects(send(connection), (error) => !isRefused(error));
});

test('a server that does not answer is waited for no longer than the time-out', async () => {
  const asked = serve('hangs');
  await assert.rejects(send(new Connection(ADDRESS, 50)));
  assert.equal(asked.length, 1);
});

test('wiping forgets the session here at once, and says whether the server did', async (t) => {
  t.mock.timers.enable();
  for (const [reply, wiped] of /** @type {[any, boolean][]} */ ([[[200, {}], true], [[500, {}], false]])) {
    const asked = serve(SESSION, ANSWER, reply);
    const connection = new Connection(ADDRESS, 1000);
    await send(connection);
    const answer = connection.forget();
    assert.equal(connection.endsAt, 0);
    assert.equal(await answer, wiped);
    assert.equal(asked[2].address, 'DELETE /session');
  }
});

test('a server that is slow to wipe is waited for five seconds', async (t) => {
  t.mock.timers.enable();
  const asked = serve(SESSION, ANSWER, 'hangs');
  const connection = new Connection(ADDRESS, 1000);
  await send(connection);
  const wiped = connection.forget();
  t.mock.timers.tick(5000);
  assert.equal(await wiped, false);
  assert.equal(asked.length, 3);
});

test('without a session there is nothing to wipe', async () => {
  const asked = serve();
  assert.equal(await new Connection(ADDRESS, 1000).forget(), true);
  assert.deepEqual(asked, []);
});

test('going on says whether the server still knew the conversation', async () => {
  serve(SESSION, ANSWER, {}, [401, {}], [500, {}]);
  const connection = new Connection(ADDRESS, 20);
  await send(connection);
  assert.equal(await connection.goOn(), true);
  assert.equal(await connection.goOn(), false);
  await assert.rejects(connection.goOn());
});

test('a vote goes to the server with the session, and does not make it last longer', async () => {
  const asked = serve(SESSION, ANSWER, null, [400, {}], new Error('no network'), new Error('no network'));
  const connection = new Connection(ADDRESS, 1000);
  await send(connection);
  const { endsAt } = connection;
  assert.equal(await connection.vote('abc', true), true);
  const { address, body, headers } = asked[2];
  assert.deepEqual([address, body], ['POST /vote', { vote: 'abc', helps: true }]);
  assert.equal(headers.Authorization, 'Bearer geheim');
  assert.equal(connection.endsAt, endsAt);
  // Refused, or without a network: it was not counted.
  assert.equal(await connection.vote('abc', false), false);
  assert.equal(await connection.vote('abc', false), false);
});
