/**
 * The address when it is http(s), else nothing: an attribute must not smuggle in a script.
 * @param {string | null} value
 * @param {string} [base]
 */
export function webAddress(value, base = document.baseURI) {
  try {
    const url = new URL(value ?? '', base);
    return value && /^https?:$/.test(url.protocol) ? url.href : '';
  } catch {
    return '';
  }
}
