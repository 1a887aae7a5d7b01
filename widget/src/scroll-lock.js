/** Keeps the page behind the chat from scrolling, while the chat covers the screen. */
export class ScrollLock {
  /** How the page scrolled before. @type {string[] | null} */
  #before = null;

  /** @param {boolean} isOn */
  set(isOn) {
    if (isOn === Boolean(this.#before)) return;
    const { style } = document.documentElement;
    const before = [style.getPropertyValue('overflow'), style.getPropertyPriority('overflow')];
    const [value, priority] = this.#before ?? ['hidden', 'important'];
    style.setProperty('overflow', value, priority);
    this.#before = isOn ? before : null;
  }
}
