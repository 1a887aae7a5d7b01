/**
 * Reads out what is new. The log itself is silent and can be read at leisure: the announcer reads each text exactly once,
 * in order, and without the buttons and labels that a log would read along.
 */
import { element } from './dom.js';
import { withoutDashes } from './spoken.js';

/** @typedef {import('./spoken.js').Spoken} Spoken */

// Shorter and some screen readers miss it; much longer and it is found again while reading the page.
const STAYS = 2000;

/** The regions are there before the first text comes: a screen reader only follows a region that it knows. */
const regions = () =>
  ['polite', 'assertive'].map((live) => element('div', { class: 'hidden', 'aria-live': live }));

export class Announcer {
  /** For while the panel is in sight. */
  inside = regions();
  /** For while it is closed: what is inside a closed dialog is not read out. */
  outside = regions();
  #isInSight;

  /** @param {() => boolean} isInSight whether the panel is open, or is a page of its own */
  constructor(isInSight) {
    this.#isInSight = isInSight;
  }

  /** @param {Spoken[]} texts @param {boolean} [urgent] whether it interrupts what is being read */
  announce(texts, urgent = false) {
    const region = (this.#isInSight() ? this.inside : this.outside)[urgent ? 1 : 0];
    const spoken = texts.filter(({ text }) => text);
    const nodes = spoken.map(({ text, lang = 'nl' }) => element('p', { lang }, withoutDashes(text)));
    region.append(...nodes);
    setTimeout(() => nodes.forEach((node) => node.remove()), STAYS);
  }

  /** @param {string} text @param {boolean} [urgent] */
  say = (text, urgent) => this.announce([{ text }], urgent);

  clear() {
    for (const region of [...this.inside, ...this.outside]) region.replaceChildren();
  }
}
