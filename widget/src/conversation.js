/** The turns of a conversation: what the user says, and what comes back. */
import { choicesBelow, saysOf } from './answer.js';
import { Refused } from './connection.js';
import { TEAM } from './contacts.js';
import { element } from './dom.js';
import { renderChoices, renderFailure, renderMessage, renderNote, renderSaid } from './message-rendering.js';
import { serverOfScript } from './script-tag.js';
import { alarmOf, spokenOf } from './spoken.js';
import { TEXT, tooLong } from './texts.js';
import { webAddress } from './web-address.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./answer.js').Say} Say */
/** @typedef {import('./spoken.js').Spoken} Spoken */
/**
 * @typedef {{
 *   mount: import('./mount.js').Mount, connection: import('./connection.js').Connection,
 *   panel: import('./panel.js').Panel, log: import('./log.js').Log, composer: import('./composer.js').Composer,
 *   announcer: import('./announcer.js').Announcer, clock: import('./session-clock.js').SessionClock
 * }} Parts
 */

const ANSWER_TIMEOUT = 15_000;
const TYPING_DELAY = 1000;

export class Conversation {
  #parts;
  /** The turn we wait for. A late answer to another turn, say after wiping, is dropped. @type {object | null} */
  #turn = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get isWaiting() {
    return this.#turn !== null;
  }

  /** Drops the turn that we wait for. */
  drop() {
    this.#turn = null;
    this.#setBusy(false);
  }

  /** Sends what is in the input. */
  sendTyped() {
    const { composer, announcer } = this.#parts;
    const { text, excess } = composer;
    if (!text) return;
    // Sent all the same: there can be a cry for help in it, and the server reads it for danger.
    if (excess > 0) announcer.say(tooLong(excess));
    this.send({ text });
  }

  /** @param {Say} say */
  send = async (say) => {
    const { connection, composer, announcer, clock } = this.#parts;
    if (this.#turn) {
      composer.note(TEXT.wait);
      announcer.say(TEXT.wait);
      return;
    }
    clock.look();
    const mine = this.#showSaid(say);
    this.#configure();
    clock.start();
    const turn = (this.#turn = {});
    this.#setBusy(true);
    const timer = setTimeout(() => this.#showTyping(turn), TYPING_DELAY);
    try {
      const answer = await connection.send(say, () => this.#showRenewed(turn, mine));
      if (turn === this.#turn) this.#showAnswer(say, mine, answer);
      clock.look();
    } catch (error) {
      if (turn === this.#turn) this.#showError(say, mine, error);
    } finally {
      clearTimeout(timer);
      if (turn === this.#turn) this.drop();
    }
  };

  /** @param {Say} say */
  #showSaid(say) {
    const { mount, log, composer } = this.#parts;
    const focused = mount.root.activeElement;
    log.removeOld(say.text);
    if (composer.text === say.text) composer.text = '';
    const mine = renderSaid(say.text);
    log.list.append(mine);
    // The button that was used is gone. From here Tab leads on to the answer.
    if (focused && !focused.isConnected) mine.focus({ preventScroll: true });
    log.scrollTo(mine);
    return mine;
  }

  #configure() {
    const { mount, connection } = this.#parts;
    const server = webAddress(mount.host.getAttribute('server')) || serverOfScript();
    const timeout = Number(mount.host.getAttribute('timeout')) || ANSWER_TIMEOUT;
    connection.configure(server.replace(/\/+$/, ''), timeout);
  }

  /** @param {Say} say @param {HTMLElement} mine @param {Answer} answer */
  #showAnswer(say, mine, { messages, failure }) {
    if (failure) {
      this.#showFailure(say, mine, TEXT.failed, messages.map(({ text }) => text).join('\n\n'));
      return;
    }
    const { mount, log, announcer, connection } = this.#parts;
    const follow = log.isAtEnd;
    const actions = { say: this.send, announce: announcer.say, vote: connection.vote };
    const items = messages.map((message) => renderMessage(message, actions));
    log.list.append(...items);
    const choices = choicesBelow(messages);
    if (choices.length) items[items.length - 1].append(renderChoices('', saysOf(choices), this.send));
    const alarm = alarmOf(messages);
    this.#present(items[0], spokenOf(messages), { isUrgent: Boolean(alarm), follow: follow || Boolean(alarm), brief: alarm });
    for (const { card } of messages) {
      if (card) mount.tell('doorverwijzing', { ernst: card.ernst, adviseur: card.adviseur });
    }
  }

  /** @param {Say} say @param {HTMLElement} mine @param {unknown} error */
  #showError(say, mine, error) {
    if (error instanceof Refused) {
      this.#showFailure(say, mine, error.message, TEXT.callInstead, error.code !== 'too_long');
    } else {
      // The flag may be wrong, so it does not keep us from trying.
      this.#showFailure(say, mine, navigator.onLine === false ? TEXT.offline : TEXT.failed, TEXT.callInstead);
    }
  }

  /**
   * The numbers, whatever went wrong. The text of the user stays in the log and goes back into the input.
   * @param {Say} say @param {HTMLElement} mine @param {string} title @param {string} advice @param {boolean} [canRetry]
   */
  #showFailure(say, mine, title, advice, canRetry = true) {
    const { log, composer } = this.#parts;
    const follow = log.isAtEnd;
    mine.classList.add('unanswered');
    mine.append(element('p', { class: 'state' }, TEXT.unanswered));
    const item = renderFailure(title, advice, canRetry ? () => this.send(say) : null);
    log.list.append(item);
    if (!say.payload && !composer.text) composer.text = say.text;
    const said = `${title} ${advice} ${TEXT.call}${TEAM}.`;
    this.#present(item, [{ text: said }], { isUrgent: true, follow, brief: said });
  }

  /**
   * Brings what is new to the eye and the ear. While the panel is closed its button tells of it, and only `brief` is read
   * out: who closed the panel may not be alone.
   * @param {HTMLElement} item @param {Spoken[]} said @param {{isUrgent: boolean, follow: boolean, brief: string}} how
   */
  #present(item, said, { isUrgent, follow, brief }) {
    const { panel, log, announcer } = this.#parts;
    if (panel.isInSight) {
      announcer.announce(said, isUrgent);
      if (follow) log.scrollTo(item);
      return;
    }
    panel.setUnread(item);
    announcer.say(`${TEXT.unread}. ${brief}`, isUrgent);
  }

  /** The server did not know the session any more. @param {object} turn @param {HTMLElement} mine */
  #showRenewed(turn, mine) {
    if (turn !== this.#turn) return;
    mine.before(renderNote(TEXT.renewed));
    this.#parts.announcer.say(TEXT.renewed);
  }

  /** @param {object} turn */
  #showTyping(turn) {
    if (turn !== this.#turn) return;
    const { panel, log, announcer } = this.#parts;
    const follow = log.isAtEnd;
    log.typing.hidden = false;
    if (panel.isInSight) announcer.say(TEXT.typing);
    if (follow) log.scrollTo(log.typing);
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    if (!isBusy) this.#parts.log.typing.hidden = true;
    this.#parts.composer.setBusy(isBusy);
  }
}
