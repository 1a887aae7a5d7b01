/** The log of the conversation, with the first screen above it, and how it scrolls. */
import { element } from './dom.js';
import { TEXT } from './texts.js';

// So close to the end, in pixels, the user is taken along to what is new.
const NEAR = 100;
const MARGIN = 8;

export class Log {
  #bar;
  #input;

  intro = element('div', { class: 'intro' });
  list = element('ol');
  typing = element('p', { class: 'typing', hidden: '' }, TEXT.typing);
  // Silent: the announcer reads out what is new.
  node = element(
    'div',
    { class: 'log', part: 'log', role: 'log', 'aria-label': TEXT.log, 'aria-live': 'off', tabindex: '0' },
    this.intro,
    this.list,
    this.typing,
  );

  /** @param {HTMLElement} bar above it @param {HTMLElement} input below it */
  constructor(bar, input) {
    this.#bar = bar;
    this.#input = input;
  }

  get isEmpty() {
    return !this.list.firstChild;
  }

  /**
   * Takes away the old buttons: they belong to a turn that is over, and the choice is in the log as what the user said.
   * What was said and not answered stays, unless the user says it again.
   * @param {string} text that is said now
   */
  removeOld(text) {
    for (const old of this.node.querySelectorAll('.choices, .vote, .unanswered')) {
      const said = old.querySelector('.bubble')?.textContent ?? text;
      if (!old.matches('.mine') || said === text) old.remove();
    }
  }

  clear() {
    this.list.replaceChildren();
    this.typing.hidden = true;
    this.node.scrollTop = 0;
  }

  /** Whether the user is at the end; who has scrolled up to read is left in peace. */
  get isAtEnd() {
    const last = this.typing.hidden ? (this.list.lastElementChild ?? this.list) : this.typing;
    return last.getBoundingClientRect().bottom - this.#sight(this.#scroller).bottom < NEAR;
  }

  scrollToLast() {
    if (this.list.lastElementChild) this.scrollTo(this.list.lastElementChild);
  }

  /** As far down as possible with the start of the node in view. @param {Element} node */
  scrollTo(node) {
    const scroller = this.#scroller;
    scroller.scrollTop += node.getBoundingClientRect().top - this.#sight(scroller).top - MARGIN;
  }

  /** What scrolls: the log, or all of the panel where there is little height. */
  get #scroller() {
    const inner = /** @type {HTMLElement} */ (this.node.parentElement);
    return inner.scrollHeight > inner.clientHeight + 1 ? inner : this.node;
  }

  /** Where the text disappears from sight, in pixels of the window. @param {HTMLElement} scroller */
  #sight(scroller) {
    const { top, bottom } = scroller.getBoundingClientRect();
    if (scroller === this.node) return { top, bottom };
    // The bar, and the input where there is room for it, stay while all else scrolls.
    return { top: top + this.#bar.offsetHeight, bottom: Math.min(bottom, this.#input.getBoundingClientRect().top) };
  }
}
