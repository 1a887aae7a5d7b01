/** The panel, the button that opens it, and where the focus goes then. */
import { button, element, icon } from './dom.js';
import { ScrollLock } from './scroll-lock.js';
import { TEXT } from './texts.js';
import { webAddress } from './web-address.js';

/** @typedef {import('./mount.js').Mount} Mount */
/**
 * What the rest of the chat does when the panel comes and goes.
 * @typedef {{
 *   shown: (unread: HTMLElement | null) => void, opened: () => void, hidden: () => void
 * }} Listeners
 */

export class Panel {
  #mount;
  #on;
  /** Whether the window is too small for the chat beside a page. */
  #narrow = matchMedia('(max-width: 40em), (max-height: 30em)');
  #lock = new ScrollLock();
  #badge = element('span', { class: 'badge', hidden: '' });
  /** The answer that came while the panel was closed. @type {HTMLElement | null} */
  #unread = null;

  launcher = button('', 'launcher', () => this.openWithFocus());
  heading = element('h2', { id: 'title', tabindex: '-1', part: 'title' });
  /** @type {HTMLElement} */
  node = element('section');

  /** @param {Mount} mount @param {Listeners} on */
  constructor(mount, on) {
    this.#mount = mount;
    this.#on = on;
    this.launcher.setAttribute('part', 'launcher');
  }

  /**
   * Makes the panel anew, for another element. Beside a page the chat is a dialog that is not modal: the page stays in
   * reach. When it covers the screen it is modal: the browser then keeps focus and screen reader inside, and no layer of
   * the host lies over it. On its own page it is no dialog at all.
   * @param {...Node} content
   */
  build(...content) {
    const tag = this.#mount.isPage ? 'section' : 'dialog';
    this.node = element(tag, { class: 'panel', part: 'panel', 'aria-labelledby': 'title' }, ...content);
    // The Back gesture of Android. Esc comes in as a key, in keyboard.js.
    this.node.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.close();
    });
    // A browser may close it without asking.
    this.node.addEventListener('close', () => {
      if (this.isOpen || !this.launcher.hidden) return;
      this.hide();
      this.#mount.tell('close');
    });
    this.launcher.hidden = false;
  }

  /** Follows the window and the keyboard of a phone. @param {AbortSignal} signal */
  listen(signal) {
    this.#narrow.addEventListener('change', () => this.#layOut(), { signal });
    for (const name of ['resize', 'scroll']) {
      window.visualViewport?.addEventListener(name, () => this.#makeRoomForKeyboard(), { signal });
    }
  }

  /** What the host says about itself: the name and the logo. */
  describe() {
    const title = this.#mount.host.getAttribute('label') || TEXT.title;
    this.heading.replaceChildren(title);
    this.launcher.replaceChildren(icon('talk'), element('span', {}, title), ' ', this.#badge);
    const address = webAddress(this.#mount.host.getAttribute('logo'));
    if (!address) return;
    const logo = element('img', { src: address, alt: '', class: 'logo', part: 'logo', referrerpolicy: 'no-referrer' });
    logo.addEventListener('error', () => logo.remove());
    this.heading.prepend(logo);
  }

  get isOpen() {
    return !this.#mount.isPage && this.node.hasAttribute('open');
  }

  /** Whether the user can see the conversation. */
  get isInSight() {
    return this.#mount.isPage || this.isOpen;
  }

  /** Whether it covers the screen. */
  get isCover() {
    return this.node.matches('.cover');
  }

  /** Opens the panel, and leaves the focus where it is. */
  open() {
    if (this.isOpen || this.#mount.isPage) return;
    this.#show();
    this.#on.opened();
    this.#mount.host.setAttribute('open', '');
    this.#mount.tell('open');
  }

  openWithFocus() {
    if (this.#mount.isPage) return;
    const unread = this.#unread;
    this.open();
    // Not to the input: on a phone the keyboard would cover the first screen.
    (unread ?? this.heading).focus({ preventScroll: true });
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.#mount.root.activeElement;
    this.hide();
    if (hadFocus) this.launcher.focus();
    this.#mount.tell('close');
  }

  /** Closes the panel without a word to the host. */
  hide() {
    if (this.#canBeModal) this.#dialog.close();
    this.#dialog.removeAttribute('open');
    this.releasePage();
    this.node.parentElement?.classList.remove('aside');
    this.launcher.hidden = false;
    this.#on.hidden();
    this.#mount.host.removeAttribute('open');
  }

  /** Lets the page scroll again. */
  releasePage() {
    this.#lock.set(false);
  }

  /** Says on the button that there is an answer. @param {HTMLElement | null} unread */
  setUnread(unread) {
    this.#unread = unread;
    this.#badge.hidden = !unread;
    this.#badge.textContent = unread ? TEXT.unread : '';
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.node);
  }

  /** Not before Safari 15.4 and Firefox 98: there <dialog> is an element like any other. */
  get #canBeModal() {
    return 'showModal' in this.#dialog;
  }

  #show() {
    this.launcher.hidden = true;
    this.node.classList.toggle('cover', this.#narrow.matches);
    // Not show(), which takes the focus; a page that opens with the chat beside it keeps its own.
    if (this.#narrow.matches && this.#canBeModal) this.#dialog.showModal();
    else this.#dialog.setAttribute('open', '');
    this.#lock.set(this.#narrow.matches);
    this.#makeRoomForKeyboard();
    this.#on.shown(this.#unread);
    this.setUnread(null);
  }

  /** The window became small or large while the panel was open. */
  #layOut() {
    if (!this.isOpen) return;
    const focused = /** @type {HTMLElement | null} */ (this.#mount.root.activeElement);
    if (this.#canBeModal) this.#dialog.close();
    this.#show();
    focused?.focus({ preventScroll: true });
  }

  /** The keyboard of a phone lies over the page; the panel ends above it. Not while the user zooms in by hand. */
  #makeRoomForKeyboard() {
    const view = window.visualViewport;
    const fits = view && view.scale === 1 && this.isOpen && this.#narrow.matches;
    this.node.style.height = fits ? `${view.height}px` : '';
    this.node.style.top = fits ? `${view.offsetTop}px` : '';
  }
}
