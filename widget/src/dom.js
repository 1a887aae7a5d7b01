/** Small helpers that make nodes. All text is set as text, never parsed as HTML. */

/** Outlines of the icons, in a box of 24 by 24. */
const ICONS = {
  warning: 'M12 3 2 21h20L12 3zm0 7v5m0 2.5v.5',
  phone: 'M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a3 3 0 0 1-3 3A16 16 0 0 1 3 6a3 3 0 0 1 3-3z',
  talk: 'M3 4h18v13H11l-5 4v-4H3z',
};

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {string} text @param {string} className @param {() => void} onClick */
export function button(text, className, onClick) {
  const node = element('button', { type: 'button', class: className }, text);
  node.addEventListener('click', onClick);
  return node;
}

/** A text for screen readers only. @param {string} text */
export const hidden = (text) => element('span', { class: 'hidden' }, text);

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
