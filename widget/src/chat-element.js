/** The element <weerbaar-chat>. */
import { Chat } from './chat.js';
import { element } from './dom.js';
import { ATTRIBUTES, NAME, claimLauncher, keepWaiting, releaseLauncher, takeWaiting } from './host-lifecycle.js';
import { isServed, namedInTag } from './script-tag.js';
import { numbers } from './text-rendering.js';
import { webAddress } from './web-address.js';

// On a server that renders pages there are no elements, but the file can be imported.
const Base = typeof HTMLElement === 'undefined' ? /** @type {typeof HTMLElement} */ (class {}) : HTMLElement;

/** @typedef {import('../weerbaar-chat.js').WeerbaarChatElement} WeerbaarChatElement */

/** @implements {WeerbaarChatElement} */
export class WeerbaarChat extends Base {
  static observedAttributes = ATTRIBUTES;

  #root = this.attachShadow({ mode: 'open' });
  /** @type {Chat | null} */
  #chat = null;

  connectedCallback() {
    try {
      this.start();
    } catch {
      // Whatever is wrong with the page around us: the numbers, and what the host wrote inside the element.
      this.#root.replaceChildren(numbers(), element('slot'));
    }
  }

  /** Shows the chat, unless another element has the button. */
  start() {
    if (this.#chat || !this.isConnected) return;
    if (this.getAttribute('mode') !== 'page' && !claimLauncher(this)) return;
    if (!isServed && !webAddress(this.getAttribute('server')) && !namedInTag()) {
      console.error(`<${NAME}> does not know its server: set the attribute server="https://…/webhooks/web".`);
    }
    this.#chat = takeWaiting() ?? new Chat();
    this.#chat.mount(this, this.#root);
  }

  disconnectedCallback() {
    releaseLauncher(this);
    if (!this.#chat) return;
    this.#chat.unmount();
    keepWaiting(this.#chat);
    this.#chat = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (before !== after) this.#chat?.changed(name);
  }

  get open() {
    return this.hasAttribute('open');
  }

  set open(open) {
    this.toggleAttribute('open', open);
  }

  /** Opens the panel and takes the focus there. */
  show() {
    this.#chat?.show();
  }

  /** Closes the panel; the conversation stays. */
  close() {
    this.#chat?.close();
  }
}
