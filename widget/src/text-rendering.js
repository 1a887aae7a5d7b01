/** Renders texts, links and numbers. */
import { EMERGENCY, TEAM, spaced, telephoneLink } from './contacts.js';
import { element } from './dom.js';
import { blocksOf, compoundParts, piecesOf } from './text-format.js';
import { TEXT } from './texts.js';

/** A number as text, which a translator of the browser leaves alone. @param {string} number */
export const numberText = (number) => element('span', { class: 'number', translate: 'no' }, spaced(number));

/**
 * Shows where the compounds may be broken. The style sheet puts a soft hyphen in the empty elements, so that it is not
 * part of the text and is not copied.
 * @param {string} text
 */
export const hyphenated = (text) =>
  compoundParts(text).flatMap((part, at) => [...(at ? [element('span', { class: 'shy' })] : []), new Text(part)]);

/** A link that opens in a new window. @param {string} href @param {string} text */
export const webLink = (href, text) =>
  // What opens is not said inside the link: it would be copied along.
  element('a', { href, rel: 'noreferrer noopener', target: '_blank', 'aria-describedby': 'new-window' }, text);

/** @param {import('./text-format.js').Piece} piece @returns {Node[]} */
function renderPiece({ kind, text, href }) {
  if (kind === 'web') return [webLink(href, text)];
  if (kind === 'mail') return [element('a', { href }, text)];
  // Numbers run left to right inside Arabic too: else 070-3738314 reads 3738314-070.
  if (kind === 'phone') return [element('a', { href, class: 'number', dir: 'ltr', translate: 'no' }, text)];
  return hyphenated(text);
}

/** A line of text with its links. @param {string} line */
export const renderLine = (line) => piecesOf(line).flatMap(renderPiece);

/** Paragraphs and lists, with the other line ends kept. @param {string} text */
export function renderText(text) {
  const fragment = new DocumentFragment();
  for (const { kind, lines } of blocksOf(text)) {
    const rendered = lines.map(renderLine);
    const nodes =
      kind === 'list'
        ? rendered.map((line) => element('li', {}, ...line))
        : rendered.flatMap((line, at) => (at ? [element('br'), ...line] : line));
    fragment.append(element(kind === 'list' ? 'ul' : 'p', {}, ...nodes));
  }
  return fragment;
}

/** The two numbers that are always in sight, with who answers. */
export function numbers() {
  /** @param {string} className @param {string} who @param {string} number */
  const link = (className, who, number) => {
    const call = element('span', {}, element('span', { class: 'bel' }, TEXT.call), numberText(number));
    const attributes = { class: `tel ${className}`, href: telephoneLink(number) };
    return element('a', attributes, element('small', {}, who), ' ', call);
  };
  return element('div', { class: 'numbers' }, link('danger', TEXT.danger, EMERGENCY), link('', TEXT.team, TEAM));
}
