/** Whether a mouse, finger or pen is down: what moved away between pressing and letting go would not be clicked. */

// A browser that waits for a second tap takes 300 ms.
const CLICK_COMES_WITHIN = 400;

export class PressedPointer {
  #timer = 0;
  #onLetGo = () => {};

  isDown = false;

  /** @param {AbortSignal} signal @param {() => void} onLetGo */
  listen(signal, onLetGo) {
    this.isDown = false;
    this.#onLetGo = onLetGo;
    // Before any code of the page, which may stop an event.
    const early = { signal, capture: true };
    addEventListener('pointerdown', this.#press, early);
    addEventListener('pointerup', this.#letGoLater, early);
    addEventListener('pointercancel', this.#letGoLater, early);
    addEventListener('click', this.#letGo, early);
    addEventListener('keydown', this.#letGo, early);
    // After a scroll bar or outside the window nothing tells that the mouse is up.
    addEventListener('pointermove', ({ buttons }) => void (buttons || this.#letGo()), early);
  }

  #press = () => {
    clearTimeout(this.#timer);
    this.isDown = true;
  };

  #letGo = () => {
    clearTimeout(this.#timer);
    if (this.isDown) this.#onLetGo();
    this.isDown = false;
  };

  #letGoLater = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#letGo, CLICK_COMES_WITHIN);
  };
}
