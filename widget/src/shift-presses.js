/** Tells when Shift alone was pressed three times in quick succession. */

const PRESSES = 3;
const WITHIN = 2000;

/** @typedef {Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>} KeyDown */
/** @typedef {Pick<KeyboardEvent, 'key' | 'timeStamp'>} KeyUp */

export class ShiftPresses {
  /** When Shift alone was pressed and let go, lately. @type {number[]} */
  #times = [];
  #isAlone = false;

  /** With any other key, Shift writes a capital or is part of a shortcut. @param {KeyDown} event */
  down({ key, ctrlKey, altKey, metaKey }) {
    this.#isAlone = key === 'Shift' && !ctrlKey && !altKey && !metaKey;
    if (!this.#isAlone) this.#times = [];
  }

  /** Returns whether this completes the presses. @param {KeyUp} event */
  up({ key, timeStamp }) {
    if (key !== 'Shift' || !this.#isAlone) return false;
    this.#isAlone = false;
    this.#times = [...this.#times, timeStamp].slice(-PRESSES);
    return this.#times.length === PRESSES && timeStamp - this.#times[0] <= WITHIN;
  }

  /** Begins again, say after a click: Shift and a click select text. */
  reset() {
    this.#isAlone = false;
    this.#times = [];
  }
}
