/** The form in which the user types. */
import { element } from './dom.js';
import { counterText, excessOf } from './message-length.js';
import { TEXT } from './texts.js';

export class Composer {
  #mostCharacters;
  #counter = element('p', { id: 'counter', class: 'counter' });
  #submit = element('button', { type: 'submit', class: 'main', part: 'send' }, TEXT.send);

  input = element('textarea', {
    id: 'input',
    placeholder: TEXT.input,
    part: 'input',
    rows: '1',
    dir: 'auto',
    'aria-describedby': 'counter',
    autocomplete: 'off',
    autocapitalize: 'sentences',
    // The better spelling check of a browser sends the text to its maker.
    spellcheck: 'false',
    enterkeyhint: 'enter',
  });
  form;

  /** @param {() => void} send @param {() => number} mostCharacters that the server answers in one message */
  constructor(send, mostCharacters) {
    this.#mostCharacters = mostCharacters;
    const label = element('label', { for: 'input' }, TEXT.input);
    const row = element('div', { class: 'row' }, this.input, this.#submit);
    this.form = element('form', { class: 'compose' }, label, row, this.#counter);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      send();
    });
    this.input.addEventListener('input', () => this.changed());
    this.input.addEventListener('keydown', (event) => {
      if (!sendsByEnter(event)) return;
      event.preventDefault();
      send();
    });
    this.changed();
  }

  get text() {
    return this.input.value.trim();
  }

  set text(text) {
    this.input.value = text;
    this.changed();
  }

  get isEmpty() {
    return !this.input.value;
  }

  /** By how many characters the text is too long. Below zero: what is left. */
  get excess() {
    return excessOf(this.input.value, this.#mostCharacters());
  }

  /** Says something below the input. @param {string} text */
  note(text) {
    this.#counter.textContent = text;
  }

  /** @param {boolean} isBusy whether an answer is awaited */
  setBusy(isBusy) {
    // Not `disabled`: the button would lose the focus.
    this.#submit.setAttribute('aria-disabled', String(isBusy));
    if (!isBusy) this.changed();
  }

  /** Fits the height and the counter to the text. */
  changed() {
    // The height of the text; the style sheet stops it at five lines.
    this.input.style.height = 'auto';
    this.input.style.height = this.input.value ? `${this.input.scrollHeight + 4}px` : '';

    const { excess } = this;
    this.note(counterText(excess));
    this.#counter.classList.toggle('over', excess > 0);
    if (excess > 0) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }
}

/** Enter on a touch keyboard, which does not say which key it was, makes a new line: no half story is sent. @param {KeyboardEvent} event */
function sendsByEnter({ key, code, shiftKey, ctrlKey, metaKey, isComposing }) {
  if (key !== 'Enter' || shiftKey || isComposing) return false;
  return (!matchMedia('(pointer: coarse)').matches && Boolean(code)) || ctrlKey || metaKey;
}
