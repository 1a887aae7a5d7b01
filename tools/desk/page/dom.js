/** Makes elements. All text is set as text, never parsed as HTML. */

/** @param {string} tag @param {Record<string, string>} [attributes] @param {...(Node | string)} children */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {string} text @param {() => void} press */
export function button(text, press) {
  const node = element('button', { type: 'button' }, text);
  node.addEventListener('click', press);
  return node;
}

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Where something stands in the files. @param {{file: string, line: number} | null} place */
export const placeText = (place) => (place ? `${place.file}, regel\u00a0${place.line}` : '');

/** Reads out a sentence. @param {string} text */
export function tell(text) {
  byId('told').textContent = text;
}

/** A term with what belongs to it, for a description list. @param {string} term @param {...(Node | string)} details */
export const described = (term, ...details) => [element('dt', {}, term), element('dd', {}, ...details)];
