/** Warns before the server forgets the conversation, offers to go on, and says so when it has forgotten. */
import { button, element } from './dom.js';
import { renderNote } from './message-rendering.js';
import { phaseAt } from './session-time.js';
import { TEXT } from './texts.js';

/** @typedef {import('./announcer.js').Announcer} Announcer */
/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./log.js').Log} Log */
/** @typedef {import('./mount.js').Mount} Mount */

const LOOK_EVERY = 5000;

export class SessionClock {
  #mount;
  #connection;
  #log;
  #announcer;
  #isWaiting;
  #timer = 0;
  #hasWarned = false;
  #warning = element('p');

  /** The warning, and the button to go on. */
  node = element('div', { class: 'ending', role: 'group', 'aria-label': TEXT.endsSoon, hidden: '' }, this.#warning);

  /**
   * @param {{mount: Mount, connection: Connection, log: Log, announcer: Announcer}} parts
   * @param {() => boolean} isWaiting for an answer, which makes the time begin again
   */
  constructor({ mount, connection, log, announcer }, isWaiting) {
    this.#mount = mount;
    this.#connection = connection;
    this.#log = log;
    this.#announcer = announcer;
    this.#isWaiting = isWaiting;
    this.node.append(button(TEXT.goOn, 'main', () => this.#goOn()));
  }

  start() {
    this.#timer ||= window.setInterval(() => this.look(), LOOK_EVERY);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.node.hidden = true;
  }

  /** Looks how late it is. A laptop that slept missed the timer, so this is also done before a message is sent. */
  look() {
    const { endsAt, warnBefore } = this.#connection;
    const phase = phaseAt(Date.now(), endsAt, warnBefore);
    if (phase === 'going on' || this.#isWaiting()) this.#hide();
    else if (phase === 'forgotten') this.#showForgotten();
    else if (!this.#hasWarned) this.#warn();
  }

  #hide() {
    this.node.hidden = true;
    this.#hasWarned = false;
  }

  #warn() {
    this.#hasWarned = true;
    this.#warning.textContent = TEXT.endsSoon;
    const follow = this.#log.isAtEnd;
    this.node.hidden = false;
    if (follow) this.#log.scrollToLast();
    this.#announcer.say(TEXT.endsSoon);
  }

  async #goOn() {
    const had = this.#connection.endsAt;
    try {
      if (!(await this.#connection.goOn())) return this.#showForgotten();
      // The button goes away.
      if (this.node.contains(this.#mount.root.activeElement)) this.#log.node.focus();
      this.look();
      if (this.#connection.endsAt) this.#announcer.say(TEXT.goesOn);
    } catch {
      if (this.#connection.endsAt !== had) return;
      this.#warning.textContent = TEXT.notSure;
      this.#announcer.say(TEXT.notSure);
    }
  }

  #showForgotten() {
    this.#connection.forget();
    this.#hide();
    const follow = this.#log.isAtEnd;
    this.#log.list.append(renderNote(TEXT.forgotten));
    this.#announcer.say(TEXT.forgotten);
    if (follow) this.#log.scrollToLast();
  }
}
