/** Where the chat is shown. */

/**
 * The element that shows the chat, or showed it last, and the shadow root in it. The parts of a chat share one of these:
 * when a host replaces the element, it gets the new one.
 */
export class Mount {
  host = /** @type {HTMLElement} */ (document.documentElement);
  root = /** @type {ShadowRoot} */ (/** @type {unknown} */ (document));
  /** Whether the chat fills its element, without a button to open and close it. */
  isPage = false;

  /** @param {HTMLElement} host @param {ShadowRoot} root */
  move(host, root) {
    this.host = host;
    this.root = root;
    this.isPage = host.getAttribute('mode') === 'page';
  }

  /** Whether Shift three times leaves. */
  get exitsByKey() {
    return this.host.getAttribute('exit-key') !== 'off';
  }

  /** Sends an event to the host. @param {string} name @param {object} [detail] */
  tell(name, detail) {
    if (this.host.isConnected) this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
