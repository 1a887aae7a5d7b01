/** The format of a text: its paragraphs and lists, its links, and where its long words may be broken. */
import { PHONE, telephoneLink } from './contacts.js';

/** @typedef {{kind: 'paragraph' | 'list', lines: string[]}} Block */
/** @typedef {{kind: 'text' | 'web' | 'mail' | 'phone', text: string, href: string}} Piece */

const MAIL = String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`;
const WEB = String.raw`\b(?:https?:\/\/|www\.)[^\s<>"']*[^\s<>"'.,;:!?)\]]`;
const LINKS = new RegExp(`(?<web>${WEB})|(?<mail>${MAIL})|(?<phone>${PHONE})`, 'gi');
const COMPOUND = /(onder|\p{L}{4}(?:ings|heids|ders|wens|ties|moord))(?=\p{L}{4})/giu;

/**
 * Paragraphs end at blank lines. Lines that begin with '- ' are a list.
 * @param {string} text
 * @returns {Block[]}
 */
export function blocksOf(text) {
  /** @type {Block[]} */
  const blocks = [];
  let isNew = true;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*- (.*)/.exec(line);
    const kind = item ? 'list' : 'paragraph';
    if (line.trim()) {
      if (isNew || blocks[blocks.length - 1].kind !== kind) blocks.push({ kind, lines: [] });
      blocks[blocks.length - 1].lines.push(item ? item[1] : line);
    }
    isNew = !line.trim();
  }
  return blocks;
}

/**
 * A line in pieces: its links, and the text between them.
 * @param {string} line
 * @returns {Piece[]}
 */
export function piecesOf(line) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of line.matchAll(LINKS)) {
    const start = /** @type {number} */ (match.index);
    if (start > end) pieces.push(plain(line.slice(end, start)));
    pieces.push(linkOf(/** @type {Record<string, string | undefined>} */ (match.groups)));
    end = start + match[0].length;
  }
  return end < line.length ? [...pieces, plain(line.slice(end))] : pieces;
}

/** @param {string} text @returns {Piece} */
const plain = (text) => ({ kind: 'text', text, href: '' });

/** @param {Record<string, string | undefined>} found @returns {Piece} */
function linkOf({ web, mail, phone = '' }) {
  if (web) return { kind: 'web', text: web, href: /^www/i.test(web) ? `https://${web}` : web };
  if (mail) return { kind: 'mail', text: mail, href: `mailto:${mail}` };
  return { kind: 'phone', text: phone, href: telephoneLink(phone) };
}

/** A text, cut where its compounds may be broken: not every browser knows Dutch. @param {string} text */
export const compoundParts = (text) => text.replace(COMPOUND, '$1\0').split('\0');
