/** What the page asks the desk. */

const FAILED = 'Het redactiebureau geeft geen antwoord. Draait make desk nog?';

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function ask(path, body) {
  const request = body
    ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    : {};
  let response;
  try {
    response = await fetch(path, { ...request, cache: 'no-store' });
  } catch {
    throw new Error(FAILED);
  }
  if (response.ok) return response.json();
  const told = response.status === 400 ? await response.json().catch(() => null) : null;
  throw new Error(told?.error ?? `Het redactiebureau kon dit niet doen (${response.status}).`);
}
