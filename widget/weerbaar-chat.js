// @ts-check
/*
 * <weerbaar-chat>: the browser side of the Weerbaar Bestuur assistant.
 *
 * One file, no dependencies. Put one tag on a page and a button appears at the bottom right:
 *
 *   <script src="https://example.org/webhooks/web/widget.js" defer></script>
 *
 * Attributes of the element (or data-* of the script tag):
 *   server       address of the web channel; default: the folder this script came from
 *   label        text of the button and title of the panel
 *   exit-url     where 'Snel weg' goes
 *   privacy-url  the privacy text of the host
 *   open         start open
 *   mode="page"  fill the place of the element, without a button to open and close
 *   timeout      milliseconds to wait for an answer
 *
 * The rules behind the code: the people who use this may be in danger and may be watched. The phone numbers never depend
 * on the server. Nothing is stored: the conversation lives in variables and in the DOM. All text is set as text, never
 * parsed as HTML, so it also works where the host forbids inline style and has Trusted Types on. Nothing moves on the
 * screen, so there is no motion to reduce.
 */
(() => {
  'use strict';

  const NAME = 'weerbaar-chat';
  if (!('customElements' in window) || customElements.get(NAME)) return;

  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);

  // ---------------------------------------------------------------------------------------------------- constants

  const EMERGENCY = '112';
  const SUICIDE_PREVENTION = '113';
  const TEAM = '070-3738314';

  const EXIT_URL = 'https://www.google.nl/';
  const ANSWER_TIMEOUT = 15_000;
  const TYPING_DELAY = 1000;
  const FORGET_TIMEOUT = 5000;
  // Shorter and some screen readers miss it; much longer and it is found again while reading the page.
  const ANNOUNCEMENT_STAYS = 2000;
  const EXIT_PRESSES = 3;
  const EXIT_PRESSES_WITHIN = 2000;
  const COUNTER_FROM = 200;

  const TEXT = {
    title: 'Hulp bij dreiging',
    danger: 'Nu gevaar? Bel 112',
    team: 'Bel 070 - 373 83 14',
    exit: 'Snel weg',
    wipe: 'Wis gesprek',
    close: 'Sluit',
    log: 'Gesprek',
    input: 'Typ uw bericht',
    send: 'Stuur',
    you: 'U zei: ',
    bot: 'Assistent zei: ',
    source: 'Bron: ',
    newWindow: ' (opent in een nieuw venster)',
    typing: 'Assistent schrijft…',
    wait: 'De assistent is nog bezig. Uw tekst blijft staan.',
    wiped: 'Het gesprek is gewist.',
    wipedHere: 'Hier is het gesprek gewist. Op de server is dat nog niet zeker. Daar verdwijnt het binnen een half uur.',
    renewed: 'Het vorige gesprek is verlopen. Er begint een nieuw gesprek.',
    failed: 'Er gaat iets mis.',
    offline: 'U bent offline.',
    unanswered: 'Niet beantwoord',
    callInstead: 'Bel bij gevaar 112. Of bel het Ondersteuningsteam Weerbaar Bestuur.',
    retry: 'Opnieuw proberen',
    choices: 'U kunt kiezen: ',
    intro: [
      'U praat met een computer, niet met een mens. De assistent kan fouten maken.',
      '',
      'Deze hulp is voor politici in gemeenten en provincies en voor de mensen om hen heen. ' +
        'Bij bedreiging, intimidatie of een onveilig gevoel.',
      '- Nu gevaar? Bel 112.',
      `- Liever een mens spreken? Bel het Ondersteuningsteam Weerbaar Bestuur: ${TEAM}. Dat is vertrouwelijk.`,
      '- We bewaren dit gesprek niet. Laadt u de pagina opnieuw? Dan begint u opnieuw.',
      '- Noem geen namen of adressen.',
      '- Kijkt iemand mee op uw telefoon of computer? Gebruik een ander apparaat.',
    ].join('\n'),
    exitQuestion: 'Wat doet ‘Snel weg’?',
    exitAnswer:
      'De knop wist het gesprek en opent meteen een andere website. ' +
      'Drie keer snel op de toets Esc drukken doet hetzelfde.\n\n' +
      'Let op: in de geschiedenis van uw browser blijft staan dat u op deze pagina was. ' +
      'Een telefoontje blijft staan in de lijst met gesprekken van uw telefoon.',
    privacy: 'Lees hoe we met uw gegevens omgaan',
    startersLabel: 'Kies een vraag of typ zelf:',
    starters: ['Ik word bedreigd', 'Ik voel me onveilig', 'Wat doet het Ondersteuningsteam?', 'Hoe doe ik aangifte?'],
    callQuestion: 'Wat gebeurt er als u belt?',
    // From the brochure of the support team. Do not add opening hours or response times: there is no source for them.
    callAnswer:
      'U krijgt een contactpersoon aan de lijn. Die denkt met u mee, geeft advies en schakelt anderen in als dat nodig is. ' +
      'Het gesprek is vertrouwelijk.',
    copy: 'Kopieer het nummer',
    copied: 'Nummer gekopieerd',
    notCopied: 'Kopiëren lukt hier niet. Het nummer is geselecteerd.',
  };

  /** What stands under a number on a call card. */
  const CAPTIONS = new Map([
    [EMERGENCY, 'Bij gevaar'],
    [SUICIDE_PREVENTION, 'Er luistert iemand, dag en nacht'],
    ['09008844', 'Politie, geen spoed'],
    ['0703738314', 'Ondersteuningsteam Weerbaar Bestuur, vertrouwelijk'],
  ]);

  /** Outlines of the icons, in a box of 24 by 24. */
  const ICONS = {
    warning: 'M12 3 2 21h20L12 3zm0 7v5m0 2.5v.5',
    phone: 'M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a3 3 0 0 1-3 3A16 16 0 0 1 3 6a3 3 0 0 1 3-3z',
    talk: 'M3 4h18v13H11l-5 4v-4H3z',
  };

  // ---------------------------------------------------------------------------------------------------- types

  /** @typedef {{title: string, payload: string}} Choice */
  /** @typedef {{ernst: 'acuut' | 'ernstig' | 'zorg', telefoon: string, adviseur: string | null}} Card */
  /** @typedef {{text: string, source: string | null, buttons: Choice[], card: Card | null, lang: string}} Message */
  /** @typedef {{messages: Message[], failure: boolean}} Answer */
  /** @typedef {{text: string, payload?: string, id?: string}} Say what the user types, or the title of a button with its payload */

  // ---------------------------------------------------------------------------------------------------- connection

  /** The server understood us and says no; `message` is a Dutch sentence for the user. */
  class Refused extends Error {
    /** @param {string} code @param {string} sentence */
    constructor(code, sentence) {
      super(sentence);
      this.code = code;
    }
  }

  /** One session on the server, made at the first message. Whatever goes wrong, other than Refused, means: no answer. */
  class Connection {
    #base;
    #timeout;
    #token = '';
    #said = 0;
    /** @type {AbortController | undefined} */
    #turn;

    maxCharacters = 2000;

    /** @param {string} base @param {number} timeout */
    constructor(base, timeout) {
      this.#base = base;
      this.#timeout = timeout;
    }

    /**
     * @param {Say} say
     * @param {() => void} onRenewed called when the old session turned out to be gone
     * @returns {Promise<Answer>}
     */
    async send(say, onRenewed) {
      const turn = (this.#turn = new AbortController());
      const timer = setTimeout(() => turn.abort(), this.#timeout);
      // Said again after a failure it keeps its id: if only the answer got lost, the server gives the same answer.
      const id = (say.id ??= String(++this.#said));
      try {
        if (!this.#token) await this.#start(turn.signal);
        try {
          return await this.#message(say.payload ? { payload: say.payload, id } : { text: say.text, id }, turn.signal);
        } catch (error) {
          if (!(error instanceof Refused && error.code === 'unknown_session')) throw error;
        }
        await this.#start(turn.signal);
        onRenewed();
        // A new session does not know the buttons of the old one, so the title of the button goes as text.
        return await this.#message({ text: say.text, id }, turn.signal);
      } finally {
        clearTimeout(timer);
      }
    }

    /**
     * Ends the session here at once, and on the server as soon as it hears of it.
     * @returns {Promise<boolean>} whether the server has wiped the conversation
     */
    async forget() {
      this.#turn?.abort();
      if (!this.#token) return true;
      const headers = { Authorization: `Bearer ${this.#token}` };
      this.#token = '';
      const signal = AbortSignal.timeout(FORGET_TIMEOUT);
      try {
        return (await this.#fetchTwice('/session', { method: 'DELETE', headers, signal })).ok;
      } catch {
        return false;
      }
    }

    /** The same from a page that goes away: a request that outlives it, and that needs no leave of another origin. */
    leave() {
      this.#turn?.abort();
      if (this.#token) {
        const request = /** @type {RequestInit} */ ({ method: 'POST', mode: 'no-cors', body: this.#token, keepalive: true });
        this.#fetch('/session/end', request).catch(() => {});
      }
      this.#token = '';
    }

    /** @param {AbortSignal} signal */
    async #start(signal) {
      const reply = await readReply(await this.#fetchTwice('/session', { method: 'POST', signal }));
      if (typeof reply.session !== 'string' || !reply.session) throw new Error('no session');
      this.#token = reply.session;
      if (reply.max_characters > 0) this.maxCharacters = reply.max_characters;
    }

    /** @param {{text?: string, payload?: string, id: string}} body @param {AbortSignal} signal */
    async #message(body, signal) {
      const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify(body), signal };
      return readAnswer(await readReply(await this.#fetchTwice('/message', request)));
    }

    /**
     * Tries again once when the network fails, for a phone that changes network. Not after a time-out.
     * @param {string} path @param {RequestInit} request
     */
    async #fetchTwice(path, request) {
      try {
        return await this.#fetch(path, request);
      } catch (error) {
        if (request.signal?.aborted) throw error;
        return this.#fetch(path, request);
      }
    }

    /** @param {string} path @param {RequestInit} request */
    #fetch(path, request) {
      return fetch(this.#base + path, { ...request, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' });
    }
  }

  /** @param {Response} response */
  async function readReply(response) {
    const reply = await response.json();
    if (response.ok) return reply;
    // 503 is the one 5xx that comes with a sentence; a bare one is a broken server.
    const understood = response.status < 500 || response.status === 503;
    if (understood && typeof reply?.error === 'string' && typeof reply.message === 'string') {
      throw new Refused(reply.error, reply.message);
    }
    throw new Error(`status ${response.status}`);
  }

  /**
   * An answer without text is a failure. Anything else that does not look right is left out: the text matters most.
   * @param {any} reply
   * @returns {Answer}
   */
  function readAnswer(reply) {
    const messages = reply?.messages;
    if (!Array.isArray(messages)) throw new Error('no messages');
    const answer = { messages: messages.map(readMessage), failure: reply.failure === true };
    if (!answer.messages.some(({ text }) => text)) throw new Error('empty answer');
    return answer;
  }

  /** @param {any} raw @returns {Message} */
  function readMessage(raw) {
    if (typeof raw?.text !== 'string') throw new Error('message without text');
    const buttons = Array.isArray(raw.buttons) ? raw.buttons : [];
    return {
      text: raw.text.trim(),
      source: typeof raw.source === 'string' ? raw.source : null,
      buttons: buttons.filter((/** @type {any} */ b) => typeof b?.title === 'string' && typeof b.payload === 'string'),
      card: readCard(raw.card),
      lang: /^[a-z]{2}$/.test(raw.lang) ? raw.lang : 'nl',
    };
  }

  /** @param {any} raw @returns {Card | null} */
  function readCard(raw) {
    if (!['acuut', 'ernstig', 'zorg'].includes(raw?.ernst)) return null;
    return {
      ernst: raw.ernst,
      telefoon: /^[\d -]{3,20}$/.test(raw.telefoon) ? raw.telefoon : TEAM,
      adviseur: typeof raw.adviseur === 'string' ? raw.adviseur : null,
    };
  }

  // ---------------------------------------------------------------------------------------------------- small DOM helpers

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {Record<string, string>} [attributes]
   * @param {...(Node | string)} children
   * @returns {HTMLElementTagNameMap[Tag]}
   */
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  /** @param {string} text @param {string} className @param {() => void} onClick */
  function button(text, className, onClick) {
    const node = element('button', { type: 'button', class: className }, text);
    node.addEventListener('click', onClick);
    return node;
  }

  /** @param {string} text */
  const hidden = (text) => element('span', { class: 'hidden' }, text);

  /** @param {keyof typeof ICONS} name */
  function icon(name) {
    const namespace = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(namespace, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('d', ICONS[name]);
    svg.append(path);
    return svg;
  }

  /**
   * The address when it is http(s), else nothing: an attribute must not smuggle in a script.
   * @param {string | null} value
   */
  function webAddress(value) {
    try {
      const url = new URL(value ?? '', document.baseURI);
      return value && /^https?:$/.test(url.protocol) ? url.href : '';
    } catch {
      return '';
    }
  }

  // ---------------------------------------------------------------------------------------------------- numbers and text

  /** @param {string} number */
  const digits = (number) => number.replace(/\D/g, '');

  /** @param {string} number */
  function telephoneLink(number) {
    const bare = digits(number);
    // 0800 and 0900 numbers, like the three-digit ones, exist only inside the Netherlands.
    return `tel:${/^0[^89]\d{8}$/.test(bare) ? `+31${bare.slice(1)}` : bare}`;
  }

  /** '070-3738314' becomes '070 - 373 83 14', which is easier to read and to dial. @param {string} number */
  const spaced = (number) => number.replace(/^(\d{3})-?(\d{3})(\d\d)(\d\d)$/, '$1 - $2 $3 $4');

  const PHONE = String.raw`\b11[23]\b(?![.,]?\d)|\b0[89]00(?:[ -]?\d){4,7}\b|\b0(?:[ –-]{0,3}\d){9}\b`;
  const MAIL = String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`;
  const WEB = String.raw`\b(?:https?:\/\/|www\.)[^\s<>"']*[^\s<>"'.,;:!?)\]]`;
  const LINKS = new RegExp(`(?<web>${WEB})|(?<mail>${MAIL})|(?<phone>${PHONE})`, 'gi');

  /**
   * A line of text with its links. Numbers run left to right inside Arabic too: else 070-3738314 reads 3738314-070.
   * @param {string} line
   * @returns {Node[]}
   */
  function renderLine(line) {
    /** @type {Node[]} */
    const nodes = [];
    let end = 0;
    for (const match of line.matchAll(LINKS)) {
      const { web, mail, phone } = /** @type {Record<string, string | undefined>} */ (match.groups);
      nodes.push(new Text(line.slice(end, match.index)));
      if (web) nodes.push(webLink(/^www/i.test(web) ? `https://${web}` : web, web));
      else if (mail) nodes.push(element('a', { href: `mailto:${mail}` }, mail));
      else if (phone) nodes.push(element('a', { href: telephoneLink(phone), class: 'number', dir: 'ltr' }, phone));
      end = match.index + match[0].length;
    }
    return [...nodes, new Text(line.slice(end))];
  }

  /** @param {string} href @param {string} text */
  const webLink = (href, text) =>
    element('a', { href, rel: 'noreferrer noopener', target: '_blank' }, text, hidden(TEXT.newWindow));

  /** Paragraphs at blank lines, a list of lines that begin with '- ', other line ends kept. @param {string} text */
  function renderText(text) {
    const fragment = new DocumentFragment();
    /** @type {HTMLElement | null} */
    let block = null;
    for (const line of text.split(/\r?\n/)) {
      const item = /^\s*- (.*)/.exec(line);
      if (!line.trim()) {
        block = null;
      } else if (item) {
        if (block?.localName !== 'ul') fragment.append((block = element('ul')));
        block.append(element('li', {}, ...renderLine(item[1])));
      } else {
        if (block?.localName === 'p') block.append(element('br'));
        else fragment.append((block = element('p')));
        block.append(...renderLine(line));
      }
    }
    return fragment;
  }

  // ---------------------------------------------------------------------------------------------------- call card

  /**
   * The numbers of a card, most important first: those that the text names, in its order, so that card and text agree.
   * In acute danger 112 stands first, unless the text sends the user to 113 (who thinks of suicide needs 113 most).
   * @param {Card} card @param {string} text
   */
  function cardNumbers(card, text) {
    const named = text.match(new RegExp(PHONE, 'g')) ?? [];
    // 0800-0113 is the same line as 113; the text has it too.
    const found = named.map((number) => (digits(number) === '08000113' ? SUICIDE_PREVENTION : number));
    if (card.ernst === 'acuut' && ![EMERGENCY, SUICIDE_PREVENTION].includes(found[0])) found.unshift(EMERGENCY);
    found.push(card.telefoon);
    return found.filter((number, at) => found.findIndex((other) => digits(other) === digits(number)) === at);
  }

  /**
   * The severity is told by words and icon, and only then by colour. Who is sent to 113 needs a voice, not an alarm.
   * @param {Card} card @param {string} first the first number
   * @returns {{className: string, iconName: keyof typeof ICONS, heading: string}}
   */
  function cardLook({ ernst, telefoon }, first) {
    if (first === SUICIDE_PREVENTION) return { className: 'ernstig', iconName: 'talk', heading: 'Praat nu met iemand' };
    if (ernst === 'acuut') return { className: 'acuut', iconName: 'warning', heading: 'Bel nu 112' };
    if (ernst === 'zorg') return { className: 'zorg', iconName: 'talk', heading: 'Wilt u erover praten?' };
    const heading = digits(first) === digits(telefoon) ? 'Bel het Ondersteuningsteam' : 'Bel voor hulp';
    return { className: 'ernstig', iconName: 'phone', heading };
  }

  /** @param {string} adviser */
  function askForAdviser(adviser) {
    if (/^netwerk/i.test(adviser)) return `Vraag naar de adviseur ${adviser}`;
    const article = /vereniging/i.test(adviser) ? ' de' : /genootschap/i.test(adviser) ? ' het' : '';
    return `Vraag naar de adviseur van${article} ${adviser}`;
  }

  /** @param {string} number */
  const callButton = (number) =>
    element('a', { class: 'call', href: telephoneLink(number) }, icon('phone'), `Bel ${spaced(number)}`);

  /** @param {Message & {card: Card}} message @param {(text: string) => void} announce */
  function renderCard({ card, text }, announce) {
    const numbers = cardNumbers(card, text);
    const { className, iconName, heading } = cardLook(card, numbers[0]);
    const box = element('div', { class: `card ${className}`, role: 'group', 'aria-label': heading });
    box.append(element('h3', {}, icon(iconName), heading));
    for (const number of numbers) {
      box.append(callButton(number));
      const caption = CAPTIONS.get(digits(number));
      if (caption) box.append(element('p', { class: 'caption' }, caption));
    }
    if (card.adviseur) box.append(element('p', {}, `${askForAdviser(card.adviseur)}.`));
    box.append(copyButton(card.telefoon, announce));
    box.append(element('details', {}, element('summary', {}, TEXT.callQuestion), element('p', {}, TEXT.callAnswer)));
    return box;
  }

  /** @param {string} number @param {(text: string) => void} announce */
  function copyButton(number, announce) {
    const text = element('span', { class: 'number' }, spaced(number));
    const result = element('span');
    const copy = button(TEXT.copy, 'plain', async () => {
      try {
        await navigator.clipboard.writeText(number);
        result.textContent = TEXT.copied;
      } catch {
        // No clipboard on plain http, in some frames, or by choice of the user.
        getSelection()?.selectAllChildren(text);
        result.textContent = TEXT.notCopied;
      }
      announce(result.textContent);
    });
    return element('p', { class: 'copy' }, text, copy, result);
  }

  // ---------------------------------------------------------------------------------------------------- style

  /*
   * Sizes are in em and follow the text size that the user chose in the browser; rem would follow the host page.
   * Of the host's design tokens only the font, the pair of button colours and, on white, the colour of links are used: a
 * host that knows no dark mode would else break ours.
   */
  const CSS = `
:host { all: initial !important; }
:host([mode=page]) { display: block !important; height: 100% !important; }
:host([hidden]) { display: none !important; }
.root {
  all: initial; display: block;
  --ink: #1a2733; --muted: #4a5866; --paper: #fff; --soft: #f1f4f8; --mine: #e2edf8; --line: #6b7b8b; --blue: #164b82;
  --link: var(--utrecht-link-color, var(--nl-link-color, #0b4f95));
  --danger: #a8071a; --danger-ink: #fff;
  --main: var(--utrecht-button-primary-action-background-color, var(--nl-button-primary-background-color, var(--blue)));
  --main-ink: var(--utrecht-button-primary-action-color, var(--nl-button-primary-color, #fff));
  color: var(--ink);
  color-scheme: light dark;
  font: 1em/1.5 var(--utrecht-document-font-family, var(--nl-document-font-family, system-ui, sans-serif));
}
@media (prefers-color-scheme: dark) {
  .root {
    --ink: #edf1f5; --muted: #b9c5d0; --paper: #141d26; --soft: #1f2b37; --mine: #1d3c5a; --line: #8796a5; --link: #9ecbff;
    --danger: #b3202f; --blue: #2b68ad;
  }
}
.root.page { height: 100%; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol { margin: 0; padding: 0; font: inherit; }
a { color: var(--link); }
.number { white-space: nowrap; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

/* Two rings, so that one of them stands out on any background. */
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }

button, .call, .tel {
  min-height: 44px; padding: .5em 1em; border: 2px solid var(--line); border-radius: 4px;
  font: inherit; font-weight: 600; line-height: 1.25; text-align: center; text-decoration: none; cursor: pointer;
  background: var(--paper); color: var(--link);
}
button:hover, .call:hover, .tel:hover { text-decoration: underline; }
.main, .launcher, .call { background: var(--main); border-color: var(--main); color: var(--main-ink); }
.danger, .acuut h3, .acuut h3 + .call {
  background: var(--danger); border-color: var(--danger); color: var(--danger-ink);
}
.main[aria-disabled=true] {
  background: var(--soft); border-color: var(--line); color: var(--muted); cursor: default;
}
svg {
  width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linejoin: round; stroke-linecap: round;
}

.launcher, .panel, .blank { position: fixed; z-index: 2147483647; }
.launcher {
  right: 16px; bottom: 16px; display: flex; gap: .5em; align-items: center;
  min-height: 48px; box-shadow: 0 2px 8px #0006; border: 2px solid var(--paper);
}
.blank { inset: 0; width: auto; height: auto; margin: 0; border: 0; padding: 0; background: #fff; }

.panel {
  container-type: size; margin: 0; padding: 0; color: inherit; background: var(--paper);
  inset: auto 16px 16px auto; width: 27em; height: 46em; max-width: calc(100% - 32px); max-height: calc(100% - 32px);
  border: 2px solid var(--line); border-radius: 6px; box-shadow: 0 4px 24px #0005; overflow: hidden;
}
.panel:modal {
  inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0;
  box-shadow: none;
}
.page .panel {
  position: static; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0;
  box-shadow: none;
}
.inner { display: flex; flex-direction: column; height: 100%; }

.top {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 8px 12px;
  background: var(--main); color: var(--main-ink); border-bottom: 1px solid transparent;
}
h2 { flex: 1 0 auto; font-size: 1.2em; font-weight: 700; }
.actions { display: flex; flex-wrap: wrap; gap: 6px; }
.actions button { padding: .25em .6em; background: transparent; border-color: currentColor; color: inherit; }
.actions .exit { background: var(--main-ink); border-color: var(--main-ink); color: var(--main); }
.numbers {
  display: flex; flex-wrap: wrap; gap: 8px; padding: 8px 12px; background: var(--paper);
  border-bottom: 1px solid var(--line);
}
.tel {
  display: flex; flex: 1 0 auto; align-items: center; justify-content: center; padding: .5em;
  border-color: var(--link);
}
.tel.danger { border-color: var(--danger); }

.log {
  flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px max(12px, 50% - 22em);
  overflow-wrap: anywhere;
}
.log:focus-visible { outline-offset: -3px; box-shadow: none; }
.text > * + *, .intro > * + * { margin-top: .75em; }
.log ul { padding-left: 1.25em; list-style: disc; }
.log ul li + li { margin-top: .25em; }
ol { list-style: none; }
ol > li { display: flow-root; margin-top: 16px; }
.bubble {
  width: fit-content; max-width: 92%; padding: 10px 14px; border: 1px solid var(--line);
  background: var(--soft); border-radius: 2px 12px 12px;
}
.bot .bubble { border-left: 4px solid var(--link); }
.mine .bubble {
  margin-left: auto; max-width: 85%; background: var(--mine); border-radius: 12px 2px 12px 12px;
  white-space: pre-line;
}
.source {
  margin-top: .75em; padding-top: .5em; border-top: 1px solid var(--line); font-size: .875em;
  color: var(--muted);
}
.note, .caption, .counter, .state { font-size: .875em; color: var(--muted); }
.note, .state { text-align: center; }
.mine .state { text-align: right; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.choices p { width: 100%; font-weight: 600; }
.choices button { padding: .5em .75em; border-color: var(--link); text-align: left; }
.typing { margin-top: 16px; color: var(--muted); }

details { margin-top: .75em; }
summary { padding: 10px 0; font-weight: 600; color: var(--link); cursor: pointer; }
details > * + p, details > div > p + p { margin-top: .5em; }

.card, .failure {
  width: 100%; max-width: 28em; border: 2px solid var(--link); border-radius: 6px; background: var(--paper);
  overflow: hidden;
}
.card > * { margin-inline: 14px; }
.bubble + .card, .card + .bubble { margin-top: 8px; }
h3 { display: flex; gap: .5em; align-items: center; font-size: 1.15em; font-weight: 700; }
.card h3 { margin: 0 0 12px; padding: 8px 14px; background: var(--main); color: var(--main-ink); }
.card .call {
  display: flex; gap: .5em; align-items: center; justify-content: center; margin-top: 8px;
  background: var(--paper); color: var(--link); border-color: var(--link);
}
.card h3 + .call {
  min-height: 56px; font-size: 1.35em; background: var(--main); color: var(--main-ink);
  border-color: var(--main);
}
.card.acuut { border: 4px double var(--danger); }
.card.acuut h3 { background: var(--danger); color: var(--danger-ink); }
.card.acuut h3 + .call {
  min-height: 72px; font-size: 1.75em; background: var(--danger); color: var(--danger-ink);
  border-color: var(--danger);
}
.card.zorg { border-width: 1px; border-color: var(--line); }
.card.zorg h3 { margin-bottom: 0; background: none; color: inherit; }
.caption { margin-top: 4px; text-align: center; }
.card p:not(.caption) { margin-top: 12px; }
.copy { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
.plain { border-width: 1px; font-weight: 400; padding: .25em .75em; }
.card details { margin-block: 4px 8px; }
.failure { padding: 14px; border-style: dashed; border-color: var(--danger); }
.failure .numbers { padding: 12px 0; border: 0; }
.failure .text { margin-top: 8px; }

.compose { padding: 8px max(12px, 50% - 22em) 12px; border-top: 1px solid var(--line); background: var(--paper); }
label { display: block; margin-bottom: 4px; font-size: .875em; }
.row { display: flex; gap: 8px; align-items: flex-end; }
textarea {
  flex: 1; min-width: 0; min-height: 44px; max-height: 8.9em; padding: .5em .75em;
  border: 2px solid var(--line); border-radius: 4px; font: inherit; color: inherit; background: var(--paper);
  resize: none;
}
textarea:focus-visible { outline-offset: 0; }
textarea[aria-invalid] { border-color: var(--danger); border-style: dashed; }

@container (max-width: 23em) {
  .inner > .numbers { padding-inline: 6px; gap: 4px; }
  .inner > .numbers .tel { padding-inline: 2px; font-size: .875em; }
}
/* Little height (zoom of 400 %, phone on its side): all of it scrolls and only the numbers stay. */
@container (max-height: 26em) {
  .inner { display: block; overflow-y: auto; scroll-padding-top: 6em; }
  .log { overflow: visible; }
  .top, .numbers { padding-block: 4px; }
  .inner > .numbers { position: sticky; top: 0; z-index: 1; }
}
@media (forced-colors: active) {
  .top { border-color: CanvasText; }
  .blank { forced-color-adjust: none; }
  .mine .bubble { border-style: dashed; }
  .main[aria-disabled=true] { border-color: GrayText; color: GrayText; }
}
`;

  /** @param {ShadowRoot} root */
  function addStyle(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
    } catch {
      // Safari before 16.4. Where the host forbids <style> too, everything works, without looks.
      root.append(element('style', {}, CSS));
    }
  }

  // ---------------------------------------------------------------------------------------------------- the element

  // One button at the bottom right is enough: a second element on the page stays empty.
  /** @type {WeerbaarChat | null} */
  let launcherOwner = null;

  class WeerbaarChat extends HTMLElement {
    /** Removes all listeners outside the element. */
    #listening = new AbortController();
    /** @type {number[]} */
    #escapes = [];
    /** The turn we wait for. A late answer to another turn, say after wiping, is dropped. @type {symbol | null} */
    #turn = null;
    #connection = new Connection('', 0);
    #narrow = matchMedia('(max-width: 40em), (max-height: 30em)');

    #root = this.attachShadow({ mode: 'open' });
    #pageMode = false;
    #built = false;

    #launcher = button('', 'launcher', () => this.show());
    #heading = element('h2', { id: 'title', tabindex: '-1' });
    /** @type {HTMLElement} */
    #panel = element('section');
    #numbers = numbers();
    #list = element('ol');
    #intro = element('div', { class: 'intro' });
    #typing = element('p', { class: 'typing', hidden: '' }, TEXT.typing);
    /*
     * The log is silent and can be read at leisure. What is new is read out by the two announcers: exactly once, in order,
     * and without the buttons and labels that a log would read along. They are there before the first text comes,
     * because a screen reader only follows a region that it knows.
     */
    #log = element('div', { class: 'log', role: 'log', 'aria-label': TEXT.log, 'aria-live': 'off', tabindex: '0' });
    #polite = element('div', { class: 'hidden', 'aria-live': 'polite' });
    #assertive = element('div', { class: 'hidden', 'aria-live': 'assertive' });
    #input = element('textarea', {
      id: 'input',
      rows: '1',
      'aria-describedby': 'counter',
      autocomplete: 'off',
      autocapitalize: 'sentences',
      // The better spelling check of a browser sends the text to its maker.
      spellcheck: 'false',
      enterkeyhint: 'send',
    });
    #counter = element('p', { id: 'counter', class: 'counter' });
    #submit = element('button', { type: 'submit', class: 'main' }, TEXT.send);

    connectedCallback() {
      try {
        this.#start();
      } catch {
        // Whatever is wrong with the page around us: the numbers, and what the host wrote inside the element.
        this.#root.replaceChildren(numbers(), element('slot'));
      }
    }

    #start() {
      this.#pageMode = this.getAttribute('mode') === 'page';
      if (!this.#pageMode) {
        if (launcherOwner) return;
        launcherOwner = this;
      }
      const server = webAddress(this.getAttribute('server')) || serverOfScript();
      this.#connection = new Connection(server.replace(/\/+$/, ''), Number(this.getAttribute('timeout')) || ANSWER_TIMEOUT);
      if (!this.#built) this.#build();
      this.#reset();

      this.#listening = new AbortController();
      const { signal } = this.#listening;
      // Also fires before the page is kept for the Back button, so that Back shows nothing of the conversation.
      addEventListener('pagehide', () => this.#leave(), { signal });
      this.#narrow.addEventListener('change', () => this.#layOut(), { signal });
      visualViewport?.addEventListener('resize', () => this.#makeRoomForKeyboard(), { signal });
      visualViewport?.addEventListener('scroll', () => this.#makeRoomForKeyboard(), { signal });
      if (this.#pageMode) this.#listenForEscape();
      else if (this.hasAttribute('open')) this.#open();
    }

    disconnectedCallback() {
      this.#listening.abort();
      if (!this.#built) return;
      this.#leave();
      if (launcherOwner === this) launcherOwner = null;
    }

    show() {
      if (!this.#built || this.#pageMode) return;
      this.#open();
      // Not to the input: on a phone the keyboard would cover the first screen.
      this.#heading.focus();
    }

    /** Closes the panel. The conversation stays, until the page goes away. */
    close() {
      if (!this.#isOpen) return;
      this.#dialog.close();
      this.#launcher.hidden = false;
      this.#launcher.focus();
    }

    // ------------------------------------------------------------------------------------------------ building

    #build() {
      this.#built = true;
      const title = this.getAttribute('label') || TEXT.title;
      this.#heading.append(title);
      this.#launcher.append(icon('talk'), title);

      /*
       * Beside a page the chat is a dialog that is not modal: the page stays in reach. When it covers the screen it is
       * modal: the browser then keeps focus and screen reader inside, and no layer of the host lies over it. On its own
       * page it is no dialog at all.
       */
      if (!this.#pageMode) this.#panel = element('dialog');
      this.#panel.className = 'panel';
      this.#panel.setAttribute('aria-labelledby', 'title');
      // The Back gesture of Android. Esc comes in as a key, below.
      this.#panel.addEventListener('cancel', (event) => {
        event.preventDefault();
        this.close();
      });

      const actions = element('div', { class: 'actions' });
      actions.append(button(TEXT.exit, 'exit', () => this.#exit()), button(TEXT.wipe, '', () => this.#wipe()));
      if (!this.#pageMode) actions.append(button(TEXT.close, '', () => this.close()));

      this.#log.append(this.#intro, this.#list, this.#typing);
      const inner = element('div', { class: 'inner' });
      inner.append(element('div', { class: 'top' }, this.#heading, actions), this.#numbers, this.#log, this.#form());
      this.#panel.append(inner, this.#polite, this.#assertive);

      const root = element('div', { class: this.#pageMode ? 'root page' : 'root', lang: 'nl' }, this.#panel);
      if (!this.#pageMode) root.append(this.#launcher);
      addStyle(this.#root);
      this.#root.append(root);
    }

    #form() {
      const label = element('label', { for: 'input' }, TEXT.input);
      const row = element('div', { class: 'row' }, this.#input, this.#submit);
      const form = element('form', { class: 'compose' }, label, row, this.#counter);
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        this.#sendTyped();
      });
      this.#input.addEventListener('input', () => this.#inputChanged());
      this.#input.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#sendTyped();
      });
      return form;
    }

    /** The first screen. */
    #buildIntro() {
      const exitAnswer = element('div', {}, renderText(TEXT.exitAnswer));
      const exit = element('details', {}, element('summary', {}, TEXT.exitQuestion), exitAnswer);
      const starters = TEXT.starters.map((text) => ({ text }));
      this.#intro.replaceChildren(renderText(TEXT.intro), exit);
      const privacy = webAddress(this.getAttribute('privacy-url'));
      if (privacy) this.#intro.append(element('p', {}, webLink(privacy, TEXT.privacy)));
      this.#intro.append(this.#choices(TEXT.startersLabel, starters));
    }

    // ------------------------------------------------------------------------------------------------ opening and closing

    get #dialog() {
      return /** @type {HTMLDialogElement} */ (this.#panel);
    }

    get #isOpen() {
      return !this.#pageMode && this.#dialog.open;
    }

    #open() {
      if (this.#isOpen) return;
      this.#launcher.hidden = true;
      // Not show(), which takes the focus; a page that opens with the chat beside it keeps its own.
      if (this.#narrow.matches) this.#dialog.showModal();
      else this.#dialog.open = true;
      this.#makeRoomForKeyboard();
      this.#listenForEscape();
    }

    /** The window became small or large while the panel was open. */
    #layOut() {
      if (!this.#isOpen) return;
      const focused = /** @type {HTMLElement | null} */ (this.#root.activeElement);
      this.#dialog.close();
      this.#open();
      focused?.focus();
    }

    /** The keyboard of a phone lies over the page; the panel ends above it. Not while the user zooms in by hand. */
    #makeRoomForKeyboard() {
      const view = visualViewport;
      const fits = view && view.scale === 1 && this.#isOpen && this.#narrow.matches;
      this.#panel.style.height = fits ? `${view.height}px` : '';
      this.#panel.style.top = fits ? `${view.offsetTop}px` : '';
    }

    /** From the first use on, so that Esc on a page where nobody opened the chat does nothing. */
    #listenForEscape() {
      document.addEventListener('keydown', this.#onEscape, { signal: this.#listening.signal });
    }

    #onEscape = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || event.repeat || event.isComposing) return;
      this.#escapes = [...this.#escapes, event.timeStamp].slice(-EXIT_PRESSES);
      if (this.#escapes.length === EXIT_PRESSES && event.timeStamp - this.#escapes[0] <= EXIT_PRESSES_WITHIN) {
        this.#exit();
      } else if (this.#isOpen && this.#root.activeElement) {
        event.preventDefault();
        this.close();
      }
    };

    // ------------------------------------------------------------------------------------------------ wiping and leaving

    /** Back to the first screen, with nothing left of the conversation. */
    #reset() {
      this.#turn = null;
      this.#list.replaceChildren();
      this.#polite.replaceChildren();
      this.#assertive.replaceChildren();
      this.#setInput('');
      this.#setBusy(false);
      this.#buildIntro();
      this.#log.scrollTop = 0;
    }

    #leave() {
      this.#connection.leave();
      this.#reset();
      if (!this.#isOpen) return;
      this.#dialog.close();
      this.#launcher.hidden = false;
    }

    async #wipe() {
      const wiped = this.#connection.forget();
      this.#reset();
      const text = (await wiped) ? TEXT.wiped : TEXT.wipedHere;
      this.#intro.prepend(element('p', { class: 'note' }, text));
      this.#announce([{ text }]);
    }

    /** First what the eye sees, then the rest. Nothing may stand in the way of leaving. */
    #exit() {
      try {
        const blank = element('div', { class: 'blank', popover: 'manual' });
        this.#root.querySelector('.root')?.append(blank);
        // Over every other layer, also those of the host.
        if ('showPopover' in blank) blank.showPopover();
        this.#leave();
      } finally {
        leavePage(webAddress(this.getAttribute('exit-url')) || EXIT_URL);
      }
    }

    // ------------------------------------------------------------------------------------------------ talking

    #sendTyped() {
      const text = this.#input.value.trim();
      if (!text) return;
      const tooMuch = this.#tooMuch();
      if (tooMuch > 0) this.#announce([{ text: tooLong(tooMuch) }]);
      else this.#send({ text });
    }

    /** @param {Say} say */
    async #send(say) {
      if (this.#turn) {
        this.#counter.textContent = TEXT.wait;
        this.#announce([{ text: TEXT.wait }]);
        return;
      }
      const focused = this.#root.activeElement;
      // Old buttons go: they belong to a turn that is over, and the choice is in the log as what the user said. What was
      // said and not answered stays, unless this says it again.
      for (const old of this.#log.querySelectorAll('.choices, .unanswered')) {
        const said = old.querySelector('.bubble')?.textContent ?? say.text;
        if (!old.matches('.mine') || said === say.text) old.remove();
      }
      if (this.#input.value.trim() === say.text) this.#setInput('');

      const mine = element('li', { class: 'mine', tabindex: '-1' }, hidden(TEXT.you));
      mine.append(element('div', { class: 'bubble' }, say.text));
      this.#list.append(mine);
      // The button that was used is gone. From here Tab leads on to the answer.
      if (focused && !focused.isConnected) mine.focus({ preventScroll: true });
      this.#scrollTo(mine);

      if (navigator.onLine === false) return this.#showFailure(say, mine, TEXT.offline);

      const turn = (this.#turn = Symbol('turn'));
      this.#setBusy(true);
      const timer = setTimeout(() => this.#showTyping(turn), TYPING_DELAY);
      try {
        const answer = await this.#connection.send(say, () => this.#showRenewed(turn, mine));
        if (turn === this.#turn) this.#showAnswer(say, mine, answer);
      } catch (error) {
        if (turn !== this.#turn) return;
        const refused = error instanceof Refused ? error : null;
        this.#showFailure(say, mine, refused?.message ?? TEXT.failed, TEXT.callInstead, refused?.code !== 'too_long');
      } finally {
        clearTimeout(timer);
        if (turn === this.#turn) {
          this.#turn = null;
          this.#setBusy(false);
        }
      }
    }

    /** @param {Say} say @param {HTMLElement} mine @param {Answer} answer */
    #showAnswer(say, mine, answer) {
      if (answer.failure) {
        return this.#showFailure(say, mine, TEXT.failed, answer.messages.map(({ text }) => text).join('\n\n'));
      }
      const follow = this.#atEnd();
      const items = answer.messages.map((message) => this.#renderMessage(message));
      this.#list.append(...items);
      const choices = answer.messages.flatMap(({ buttons }) => buttons);
      const said = answer.messages.filter(({ text }) => text).map(({ text, lang }) => ({ text, lang }));
      if (choices.length) {
        const says = choices.map(({ title, payload }) => ({ text: title, payload }));
        items[items.length - 1].append(this.#choices('', says));
        said.push({ text: `${TEXT.choices}${choices.map(({ title }) => title).join(', ')}`, lang: 'nl' });
      }
      this.#announce(said);
      if (follow) this.#scrollTo(items[0]);
    }

    /** @param {Message} message */
    #renderMessage(message) {
      const { card, lang, source } = message;
      const text = element('div', { class: 'text', lang, dir: lang === 'ar' ? 'rtl' : 'ltr' }, renderText(message.text));
      const bubble = element('div', { class: 'bubble' }, text);
      bubble.hidden = !message.text;
      if (source) bubble.append(element('p', { class: 'source' }, TEXT.source, ...renderLine(source)));
      const item = element('li', { class: 'bot' }, hidden(TEXT.bot), bubble);
      if (card) {
        const box = renderCard({ ...message, card }, (said) => this.#announce([{ text: said }]));
        // In danger the number comes before the words.
        if (box.classList.contains('acuut')) bubble.before(box);
        else bubble.after(box);
      }
      return item;
    }

    /**
     * The numbers, whatever went wrong. The text of the user stays in the log and goes back into the input.
     * @param {Say} say @param {HTMLElement} mine @param {string} title
     * @param {string} [advice] @param {boolean} [canRetry]
     */
    #showFailure(say, mine, title, advice = TEXT.callInstead, canRetry = true) {
      const follow = this.#atEnd();
      mine.classList.add('unanswered');
      mine.append(element('p', { class: 'state' }, TEXT.unanswered));
      const block = element('div', { class: 'failure' }, element('h3', {}, icon('warning'), title));
      block.append(element('div', { class: 'text' }, renderText(advice)), numbers());
      if (canRetry) block.append(button(TEXT.retry, 'main', () => this.#send(say)));
      this.#list.append(element('li', { class: 'unanswered' }, block));
      if (!say.payload && !this.#input.value.trim()) this.#setInput(say.text);
      this.#announce([{ text: `${title} ${advice} ${TEXT.team}.` }], this.#assertive);
      if (follow) this.#scrollTo(block);
    }

    /** @param {symbol} turn @param {HTMLElement} mine */
    #showRenewed(turn, mine) {
      if (turn !== this.#turn) return;
      mine.before(element('li', { class: 'note' }, TEXT.renewed));
      this.#announce([{ text: TEXT.renewed }]);
    }

    /** @param {symbol} turn */
    #showTyping(turn) {
      if (turn !== this.#turn) return;
      const follow = this.#atEnd();
      this.#typing.hidden = false;
      this.#announce([{ text: TEXT.typing }]);
      if (follow) this.#scrollTo(this.#typing);
    }

    /** @param {boolean} busy */
    #setBusy(busy) {
      // Not `disabled`: the button would lose the focus.
      this.#submit.setAttribute('aria-disabled', String(busy));
      if (!busy) {
        this.#typing.hidden = true;
        this.#inputChanged();
      }
    }

    /** @param {string} label @param {Say[]} says */
    #choices(label, says) {
      const box = element('div', { class: 'choices', role: 'group', 'aria-label': label || TEXT.choices });
      if (label) box.append(element('p', { 'aria-hidden': 'true' }, label));
      for (const say of says) box.append(button(say.text, '', () => this.#send(say)));
      return box;
    }

    // ------------------------------------------------------------------------------------------------ input

    /** @param {string} text */
    #setInput(text) {
      this.#input.value = text;
      this.#inputChanged();
    }

    /** By how many characters the text is too long, counted as the server does. Below zero: what is left. */
    #tooMuch() {
      return [...this.#input.value.trim()].length - this.#connection.maxCharacters;
    }

    #inputChanged() {
      // The height of the text; the style sheet stops it at five lines.
      this.#input.style.height = 'auto';
      this.#input.style.height = this.#input.value ? `${this.#input.scrollHeight + 4}px` : '';

      const tooMuch = this.#tooMuch();
      if (tooMuch > 0) this.#counter.textContent = tooLong(tooMuch);
      else this.#counter.textContent = -tooMuch < COUNTER_FROM ? `Nog ${-tooMuch} tekens` : '';
      if (tooMuch > 0) this.#input.setAttribute('aria-invalid', 'true');
      else this.#input.removeAttribute('aria-invalid');
    }

    // ------------------------------------------------------------------------------------------------ reading along

    /** @param {{text: string, lang?: string}[]} texts @param {HTMLElement} [announcer] */
    #announce(texts, announcer = this.#polite) {
      const nodes = texts.map(({ text, lang = 'nl' }) => element('p', { lang }, text.replace(/^- /gm, '')));
      announcer.append(...nodes);
      setTimeout(() => nodes.forEach((node) => node.remove()), ANNOUNCEMENT_STAYS);
    }

    /** What scrolls: the log, or all of the panel where there is little height. */
    get #scroller() {
      const inner = /** @type {HTMLElement} */ (this.#log.parentElement);
      return inner.scrollHeight > inner.clientHeight + 1 ? inner : this.#log;
    }

    /** Whether the user is at the end; who has scrolled up to read is left in peace. */
    #atEnd() {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
      return scrollHeight - scrollTop - clientHeight < 100;
    }

    /** As far down as possible with the start of the node in view. @param {HTMLElement} node */
    #scrollTo(node) {
      const scroller = this.#scroller;
      // The numbers stay at the top of a scrolling panel and must not cover the start.
      const margin = 8 + (scroller === this.#log ? 0 : this.#numbers.offsetHeight);
      scroller.scrollTop += node.getBoundingClientRect().top - scroller.getBoundingClientRect().top - margin;
    }
  }

  /** The two numbers that are always in sight. */
  function numbers() {
    return element(
      'div',
      { class: 'numbers' },
      element('a', { class: 'tel danger', href: telephoneLink(EMERGENCY) }, TEXT.danger),
      element('a', { class: 'tel', href: telephoneLink(TEAM) }, TEXT.team),
    );
  }

  /** @param {number} tooMuch */
  const tooLong = (tooMuch) => `Uw bericht is ${tooMuch} ${tooMuch === 1 ? 'teken' : 'tekens'} te lang.`;

  /** @param {string} url */
  function leavePage(url) {
    try {
      // The next site is not told where the visitor came from.
      document.head?.append(element('meta', { name: 'referrer', content: 'no-referrer' }));
      // In a frame the whole page must go. replace(): the Back button does not come back here.
      (window.top ?? window).location.replace(url);
    } catch {
      // The page around the frame does not let us go: then at least nothing is left inside.
      location.replace('about:blank');
    }
  }

  const serverOfScript = () => new URL('.', script?.src || `${location.origin}/webhooks/web/`).href;

  // ---------------------------------------------------------------------------------------------------- start

  /** A page with only our script tag gets the element too. */
  function insertElement() {
    if (document.querySelector(NAME)) return;
    const chat = document.createElement(NAME);
    for (const [key, value] of Object.entries(script?.dataset ?? {})) {
      // dataset turns data-exit-url into exitUrl
      chat.setAttribute(key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`), value ?? '');
    }
    document.body.append(chat);
  }

  customElements.define(NAME, WeerbaarChat);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', insertElement);
  else insertElement();
})();
