/** The connection with the server: one session, its messages, and its end. */
import { readAnswer } from './answer.js';
import { bothEnds } from './message-length.js';
import { MINUTES, warnBefore } from './session-time.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./answer.js').Say} Say */

const FORGET_TIMEOUT = 5000;

/** The server understood us and says no; `message` is a Dutch sentence for the user. */
export class Refused extends Error {
  /** @param {string} code @param {string} sentence */
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

/** One session on the server, made at the first message. Whatever goes wrong, other than Refused, means: no answer. */
export class Connection {
  #base;
  #timeout;
  #token = '';
  #said = 0;
  #minutes = MINUTES;
  /** @type {AbortController | undefined} */
  #turn;

  maxCharacters = 2000;
  /** When the server forgets, as Date.now(), which also counts the sleep of a laptop; 0: there is nothing to forget. */
  endsAt = 0;

  /** @param {string} base @param {number} timeout */
  constructor(base, timeout) {
    this.#base = base;
    this.#timeout = timeout;
  }

  /** How long before the end to warn, in milliseconds. */
  get warnBefore() {
    return warnBefore(this.#minutes);
  }

  /** Another address counts from the next session on. @param {string} base @param {number} timeout */
  configure(base, timeout) {
    if (!this.#token) this.#base = base;
    this.#timeout = timeout;
  }

  /**
   * @param {Say} say
   * @param {() => void} onRenewed called when the old session turned out to be gone
   * @returns {Promise<Answer>}
   */
  async send(say, onRenewed) {
    const turn = (this.#turn = new AbortController());
    const timer = setTimeout(() => turn.abort(), this.#timeout);
    // Said again after a failure it keeps its id: if only the answer got lost, the server gives the same answer.
    const id = (say.id ??= String(++this.#said));
    let renewed = false;
    try {
      if (this.#token) {
        try {
          return await this.#message(say.payload ? { payload: say.payload, id } : { text: say.text, id }, turn.signal);
        } catch (error) {
          if (!(error instanceof Refused && error.code === 'unknown_session')) throw error;
        }
        renewed = true;
      }
      await this.#start(turn.signal);
      if (renewed) onRenewed();
      // A new session does not know the buttons of the old one, so the title of the button goes as text.
      return await this.#message({ text: say.text, id }, turn.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Ends the session here at once, and on the server as soon as it hears of it.
   * @returns {Promise<boolean>} whether the server has wiped the conversation
   */
  async forget() {
    this.#turn?.abort();
    if (!this.#token) return true;
    const headers = this.#authorization;
    this.#drop();
    const asked = this.#fetchTwice('/session', { method: 'DELETE', headers });
    const wiped = asked.then(({ ok }) => ok, () => false);
    // We wait no longer than this, but do not take the request back: on a slow network it may still arrive.
    const tooLate = new Promise((resolve) => {
      setTimeout(resolve, FORGET_TIMEOUT, false);
    });
    return Promise.race([wiped, tooLate]);
  }

  /** Lets the minutes begin again. @returns {Promise<boolean>} whether there still was a session */
  async goOn() {
    const asked = Date.now();
    const request = { method: 'POST', headers: this.#authorization, signal: abortAfter(this.#timeout) };
    const response = await this.#fetchTwice('/session/keep', request);
    if (response.status === 401) return false;
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (this.#token) this.#lasts(asked);
    return true;
  }

  get #authorization() {
    return { Authorization: `Bearer ${this.#token}` };
  }

  #drop() {
    this.#token = '';
    this.endsAt = 0;
  }

  /** From when we asked: rather warn too early than too late. @param {number} asked */
  #lasts(asked) {
    this.endsAt = asked + this.#minutes * 60_000;
  }

  /** The same from a page that goes away: a request that outlives it, and that needs no leave of another origin. */
  leave() {
    this.#turn?.abort();
    const token = this.#token;
    this.#drop();
    if (!token) return;
    if ('keepalive' in Request.prototype) {
      const request = /** @type {RequestInit} */ ({ method: 'POST', mode: 'no-cors', body: token, keepalive: true });
      this.#fetch('/session/end', request).catch(() => {});
    } else {
      navigator.sendBeacon(`${this.#base}/session/end`, token);
    }
  }

  /** @param {AbortSignal} signal */
  async #start(signal) {
    const asked = Date.now();
    const reply = await readReply(await this.#fetchTwice('/session', { method: 'POST', signal }));
    if (typeof reply.session !== 'string' || !reply.session) throw new Error('no session');
    this.#token = reply.session;
    if (reply.minutes > 0) this.#minutes = reply.minutes;
    this.#lasts(asked);
    if (reply.max_characters > 0) this.maxCharacters = reply.max_characters;
  }

  /** @param {{text?: string, payload?: string, id: string}} body @param {AbortSignal} signal */
  async #message(body, signal) {
    const asked = Date.now();
    const text = body.text && bothEnds(body.text);
    const answer = readAnswer(await readReply(await this.#post('/message', { ...body, text }, signal)));
    if (!answer.failure) this.#lasts(asked);
    return answer;
  }

  /**
   * Says whether an answer helps.
   * @param {string} vote the name of the answer
   * @param {boolean} helps
   * @returns {Promise<boolean>} whether it was counted
   */
  vote = (vote, helps) =>
    this.#post('/vote', { vote, helps }, abortAfter(this.#timeout)).then(({ ok }) => ok, () => false);

  /** @param {string} path @param {object} body @param {AbortSignal} signal */
  #post(path, body, signal) {
    const headers = { ...this.#authorization, 'Content-Type': 'application/json' };
    return this.#fetchTwice(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
  }

  /**
   * Tries again once when the network fails, for a phone that changes network. Not after a time-out.
   * @param {string} path @param {RequestInit} request
   */
  async #fetchTwice(path, request) {
    try {
      return await this.#fetch(path, request);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      return this.#fetch(path, request);
    }
  }

  /** @param {string} path @param {RequestInit} request */
  #fetch(path, request) {
    return fetch(this.#base + path, { ...request, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' });
  }
}

/** AbortSignal.timeout(), which Safari does not have before 16. @param {number} milliseconds */
function abortAfter(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

/** @param {Response} response */
async function readReply(response) {
  const reply = await response.json();
  if (response.ok) return reply;
  // 503 is the one 5xx that comes with a sentence; a bare one is a broken server.
  const understood = response.status < 500 || response.status === 503;
  if (understood && typeof reply?.error === 'string' && typeof reply.message === 'string') {
    throw new Refused(reply.error, reply.message);
  }
  throw new Error(`status ${response.status}`);
}
