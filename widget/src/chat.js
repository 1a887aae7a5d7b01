/** A conversation and what is seen of it. When a host replaces the element (Turbo, a router), it goes on in the next. */
import { Announcer } from './announcer.js';
import { BesidePage } from './beside-page.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { Conversation } from './conversation.js';
import { button, element } from './dom.js';
import { firstScreen } from './first-screen.js';
import { Keyboard } from './keyboard.js';
import { Log } from './log.js';
import { Mount } from './mount.js';
import { Panel } from './panel.js';
import { EXIT_URL, coverPage, leavePage } from './quick-exit.js';
import { SessionClock } from './session-clock.js';
import { addStyle } from './styles.js';
import { numbers } from './text-rendering.js';
import { TEXT } from './texts.js';
import { webAddress } from './web-address.js';

const SHOWN_ATTRIBUTES = ['label', 'logo', 'contact', 'privacy-url', 'accessibility-url', 'exit-key', 'minutes'];

export class Chat {
  /** Removes all listeners outside the element. */
  #listening = new AbortController();
  #wasOpen = false;

  #mount = new Mount();
  #connection = new Connection('', 0);
  #bar = element('div', { class: 'bar' }, numbers(), button(TEXT.exit, 'exit', () => this.#exit()));
  #composer = new Composer(() => this.#conversation.sendTyped(), () => this.#connection.maxCharacters);
  #log = new Log(this.#bar, this.#composer.input);
  #panel = new Panel(this.#mount, {
    // A closed panel forgets where it was scrolled to.
    shown: (unread) => (unread ? this.#log.scrollTo(unread) : this.#log.scrollToLast()),
    opened: () => this.#keyboard.listen(this.#listening.signal),
    hidden: () => this.#besidePage.makeWay(),
  });
  #announcer = new Announcer(() => this.#panel.isInSight);
  #parts = {
    mount: this.#mount,
    connection: this.#connection,
    panel: this.#panel,
    log: this.#log,
    composer: this.#composer,
    announcer: this.#announcer,
  };
  /** @type {SessionClock} */
  #clock = new SessionClock(this.#parts, () => this.#conversation.isWaiting);
  /** @type {Conversation} */
  #conversation = new Conversation({ ...this.#parts, clock: this.#clock });
  #keyboard = new Keyboard(this.#mount, this.#panel, () => this.#exit());
  #besidePage = new BesidePage(this.#mount, this.#panel);

  constructor() {
    // Also fires before the page is kept for the Back button, so that Back shows nothing of the conversation.
    addEventListener('pagehide', this.#end);
  }

  /** Shows the chat in an element. @param {HTMLElement} host @param {ShadowRoot} root */
  mount(host, root) {
    this.#mount.move(host, root);
    const isNew = this.#log.isEmpty && this.#composer.isEmpty;
    const wasOpen = this.#wasOpen;
    this.#build();
    this.#describe();

    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const { isPage } = this.#mount;
    this.#panel.listen(signal);
    document.addEventListener('visibilitychange', () => this.#clock.look(), { signal });
    if (!isPage) this.#besidePage.watch(signal);
    if (isPage || this.#keyboard.isUsed) this.#keyboard.listen(signal);
    if (!isPage && (wasOpen || (isNew && host.hasAttribute('open')))) this.#panel.open();
    else host.removeAttribute('open');
    this.#composer.changed();
    this.#log.scrollToLast();
  }

  /** The element is taken away; the conversation stays. */
  unmount() {
    this.#wasOpen = this.#panel.isOpen;
    this.#panel.releasePage();
    this.#listening.abort();
  }

  /** Ends the conversation for good: no element will show it again. */
  discard() {
    this.#end();
    removeEventListener('pagehide', this.#end);
  }

  /** @param {string} name of an attribute */
  changed(name) {
    if (name === 'open') {
      if (this.#mount.host.hasAttribute('open')) this.#panel.open();
      else this.#panel.close();
    } else if (name === 'mode') {
      this.unmount();
      this.mount(this.#mount.host, this.#mount.root);
    } else if (SHOWN_ATTRIBUTES.includes(name)) {
      this.#describe();
    }
  }

  /** Opens the panel and takes the focus there. */
  show() {
    this.#panel.openWithFocus();
  }

  /** Closes the panel. The conversation stays, until the page goes away. */
  close() {
    this.#panel.close();
  }

  #build() {
    const actions = element('div', { class: 'actions' }, button(TEXT.wipe, '', () => this.#wipe()));
    if (!this.#mount.isPage) actions.append(button(TEXT.close, '', () => this.#panel.close()));
    const top = element('div', { class: 'top', part: 'header' }, this.#panel.heading, actions);
    const parts = [top, this.#bar, this.#log.node, this.#clock.node, this.#composer.form];
    const newWindow = element('span', { id: 'new-window', hidden: '' }, TEXT.newWindow);
    this.#panel.build(element('div', { class: 'inner' }, ...parts), ...this.#announcer.inside, newWindow);

    const attributes = { class: this.#mount.isPage ? 'root page' : 'root', lang: 'nl' };
    const root = element('div', attributes, this.#panel.node, ...this.#announcer.outside);
    if (!this.#mount.isPage) root.append(this.#panel.launcher);
    this.#mount.root.replaceChildren(root);
    addStyle(this.#mount.root);
  }

  /** Shows what the attributes of the host say. */
  #describe() {
    this.#panel.describe();
    this.#showFirstScreen();
  }

  #showFirstScreen() {
    this.#log.intro.replaceChildren(firstScreen(this.#mount, this.#conversation.send));
  }

  /** Ends the conversation, for nobody can come back to it. */
  #end = () => {
    this.#connection.leave();
    this.#reset();
    this.#wasOpen = false;
    // Without an event: no code of the host may stand in the way of leaving.
    if (this.#panel.isOpen) this.#panel.hide();
  };

  /** Back to the first screen, with nothing left of the conversation. */
  #reset() {
    this.#conversation.drop();
    this.#clock.stop();
    this.#announcer.clear();
    this.#panel.setUnread(null);
    this.#composer.text = '';
    this.#showFirstScreen();
    this.#log.clear();
  }

  async #wipe() {
    const wiped = this.#connection.forget();
    this.#reset();
    const server = await wiped;
    const text = server ? TEXT.wiped : TEXT.wipedHere;
    this.#log.intro.prepend(element('p', { class: 'note' }, text));
    this.#announcer.say(text);
    this.#mount.tell('gewist', { server });
  }

  #exit() {
    try {
      coverPage(this.#mount.root);
      this.#end();
      this.#announcer.say(TEXT.leaving, true);
    } finally {
      leavePage(webAddress(this.#mount.host.getAttribute('exit-url')) || EXIT_URL);
    }
  }
}
