/** The keys that work on the whole page: Shift three times leaves, and Esc closes the panel. */
import { ShiftPresses } from './shift-presses.js';

/** @typedef {import('./mount.js').Mount} Mount */
/** @typedef {import('./panel.js').Panel} Panel */

export class Keyboard {
  #mount;
  #panel;
  #exit;
  #shift = new ShiftPresses();

  /** From the first use on: on a page where nobody opened the chat the keys do nothing. */
  isUsed = false;

  /** @param {Mount} mount @param {Panel} panel @param {() => void} exit */
  constructor(mount, panel, exit) {
    this.#mount = mount;
    this.#panel = panel;
    this.#exit = exit;
  }

  /** May be called more than once. @param {AbortSignal} signal */
  listen(signal) {
    this.isUsed = true;
    document.addEventListener('keydown', this.#onKeyDown, { signal });
    document.addEventListener('keyup', this.#onKeyUp, { signal });
    document.addEventListener('pointerdown', this.#onPointerDown, { signal });
  }

  #onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.repeat || event.isComposing) return;
    this.#shift.down(event);
    if (event.key === 'Escape') this.#onEscape(event);
  };

  #onKeyUp = (/** @type {KeyboardEvent} */ event) => {
    if (this.#shift.up(event) && this.#mount.exitsByKey) this.#exit();
  };

  #onPointerDown = () => this.#shift.reset();

  /** Closes the panel; not from a field, where it ends a screen reader's forms mode. @param {KeyboardEvent} event */
  #onEscape(event) {
    if (!this.#panel.isOpen || event.defaultPrevented) return;
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    const outside = event.target !== this.#mount.host;
    const field = target.isContentEditable || target.matches?.('input, textarea, select');
    if (field || (outside && target.closest?.('dialog, [role=dialog], [popover]'))) {
      // Else the browser itself closes a modal dialog.
      if (!outside) event.preventDefault();
      return;
    }
    event.preventDefault();
    this.#panel.close();
  }
}
