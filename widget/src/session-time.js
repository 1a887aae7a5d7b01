/** When the server forgets a conversation, and when the chat warns of that. */

/** How long the server remembers, unless it says otherwise. */
export const MINUTES = 30;
const WARN_BEFORE = 120_000;

/** How long before the end to warn, in milliseconds. @param {number} minutes that the server remembers */
export const warnBefore = (minutes) => Math.min(WARN_BEFORE, minutes * 30_000);

/**
 * Where a conversation is between its last message and its end.
 * @param {number} now
 * @param {number} endsAt zero when there is nothing to forget
 * @param {number} before how long before the end to warn
 * @returns {'going on' | 'ends soon' | 'forgotten'}
 */
export function phaseAt(now, endsAt, before) {
  const left = endsAt - now;
  if (!endsAt || left > before) return 'going on';
  return left > 0 ? 'ends soon' : 'forgotten';
}
