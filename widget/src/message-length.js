/** How long a message may be, and what is said and sent when it is longer. */
import { left, tooLong } from './texts.js';

const COUNTER_FROM = 200;
// What the server reads, and what a proxy lets through.
const MOST_SENT = 20_000;

/**
 * By how many characters a text is too long, counted as the server counts them. Below zero: what is left.
 * @param {string} text @param {number} most
 */
export const excessOf = (text, most) => [...text.trim()].length - most;

/** What stands under the input. @param {number} excess */
export function counterText(excess) {
  if (excess > 0) return tooLong(excess);
  return -excess < COUNTER_FROM ? left(-excess) : '';
}

/** What is sent of a text: of a very long one the beginning and the end. @param {string} text */
export const bothEnds = (text) =>
  text.length <= MOST_SENT ? text : `${text.slice(0, MOST_SENT / 2 - 1)}\n${text.slice(-MOST_SENT / 2)}`;
