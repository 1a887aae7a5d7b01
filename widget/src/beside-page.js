/** Makes way for the page beside the chat: its focus and the buttons that stay on the screen must not lie below the chat. */
import { covers, highestBelow } from './overlap.js';
import { PressedPointer } from './pressed-pointer.js';

/** @typedef {import('./mount.js').Mount} Mount */
/** @typedef {import('./panel.js').Panel} Panel */

const MAKE_WAY_AFTER = 100;
const DISTANCE = 8;

export class BesidePage {
  #mount;
  #panel;
  #pointer = new PressedPointer();
  #timer = 0;

  /** @param {Mount} mount @param {Panel} panel */
  constructor(mount, panel) {
    this.#mount = mount;
    this.#panel = panel;
  }

  /** Watches what is done on the page, and what comes and goes there, such as a cookie banner. @param {AbortSignal} signal */
  watch(signal) {
    const observer = new MutationObserver(this.#soon);
    const attributeFilter = ['class', 'style', 'hidden', 'open'];
    observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter });
    signal.addEventListener('abort', () => observer.disconnect());
    this.#pointer.listen(signal, this.#soon);
    for (const name of ['resize', 'scroll', 'load']) addEventListener(name, this.#soon, { signal });
    document.addEventListener('focusin', () => this.makeWay(), { signal });
    document.addEventListener('focusin', this.#soon, { signal });
    this.#soon();
  }

  makeWay() {
    if (this.#pointer.isDown) return;
    this.#moveFromFocus();
    this.#raiseLauncher();
  }

  #soon = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.makeWay(), MAKE_WAY_AFTER);
  };

  /** The panel moves to the other side when it covers the focus of the page. */
  #moveFromFocus() {
    const { isOpen, isCover, node } = this.#panel;
    const focused = document.activeElement;
    if (!isOpen || isCover || focused === this.#mount.host || !covers(node, focused)) return;
    node.parentElement?.classList.toggle('aside');
    // Where both sides cover it there is no room for the two of them.
    if (covers(node, focused)) this.#panel.close();
  }

  #raiseLauncher() {
    const { launcher } = this.#panel;
    launcher.style.bottom = '';
    // One thing may lie above the other.
    for (let tries = 0; tries < 3 && !launcher.hidden; tries++) {
      const box = launcher.getBoundingClientRect();
      const bottom = document.documentElement.clientHeight - highestBelow(box, this.#mount.host) + DISTANCE;
      if (bottom < 0 || bottom + box.height > innerHeight) return;
      launcher.style.bottom = `${bottom}px`;
    }
  }
}
