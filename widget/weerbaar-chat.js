// @ts-check
/*
 * <weerbaar-chat>: the browser side of the Weerbaar Bestuur assistant.
 *
 * One file, no dependencies. Put one tag on a page and a button appears at the bottom right:
 *
 *   <script src="https://example.org/webhooks/web/widget.js" defer></script>
 *
 * Attributes (or data-* of the tag), events, parts and other ways to load it: docs/embed.md. Types: weerbaar-chat.d.ts.
 *
 * What Chrome 88, Firefox 90 and Safari 15 know is used freely. What is newer has another way beside it: <dialog>,
 * CSSStyleSheet, keepalive, popover, visualViewport, the clipboard. In the style sheet @container is only looks.
 *
 * The rules behind the code: the people who use this may be in danger and may be watched. The phone numbers never depend
 * on the server. Nothing is stored: the conversation lives in variables and in the DOM. All text is set as text, never
 * parsed as HTML, so it also works where the host forbids inline style and has Trusted Types on. Nothing moves on the
 * screen, so there is no motion to reduce.
 */
(() => {
  'use strict';

  const NAME = 'weerbaar-chat';
  // No window: rendering on a server.
  if (typeof window === 'undefined' || !('customElements' in window) || customElements.get(NAME)) return;

  // As the assistant serves it, and as a copy on another site.
  const SERVED_NAME = /\/widget(?:-\w+)?\.js(?:[?#]|$)/;
  const OWN_NAME = /\/(?:widget|weerbaar-chat)[\w.-]*\.m?js(?:[?#]|$)/;
  const current = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  // A module does not know its tag, and `import.meta` would be an error in a classic script. The stack names the file.
  const ownAddress = current?.src || /https?:\/\/[^\s)]+?(?=:\d+:\d+)/.exec(new Error().stack ?? '')?.[0] || '';
  const script = current ?? [...document.scripts].find(({ src }) => src === ownAddress && OWN_NAME.test(src));

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
  const MINUTES = 30;
  const WARN_BEFORE = 120_000;
  const LOOK_AT_CLOCK_EVERY = 5000;
  const COMES_BACK_AT_MOST = 20;
  const COMES_BACK_WITHIN = 1000;
  const ATTRIBUTES = [
    'server', 'label', 'logo', 'contact', 'exit-url', 'exit-key', 'privacy-url', 'open', 'mode', 'minutes', 'timeout',
    'place',
  ];
  const COUNTER_FROM = 200;
  // What the server reads, and a proxy lets pass; of a longer text the beginning and the end are sent.
  const MOST_SENT = 20_000;
  const MAKE_WAY_AFTER = 100;
  // A browser that waits for a second tap takes 300 ms.
  const CLICK_COMES_WITHIN = 400;
  const CONTROLS = 'a, button, input, select, textarea, summary, iframe, [role=button]';

  const TEXT = {
    title: 'Hulp bij dreiging',
    danger: 'Nu gevaar?',
    team: 'Ondersteuningsteam',
    call: 'Bel ',
    exit: 'Snel weg',
    wipe: 'Wis gesprek',
    close: 'Sluit',
    log: 'Gesprek',
    input: 'Typ uw bericht',
    send: 'Stuur',
    you: 'U zei: ',
    bot: 'Assistent zei: ',
    source: 'Bron: ',
    newWindow: 'opent in een nieuw venster',
    typing: 'Assistent schrijft…',
    wait: 'De assistent is nog bezig. Uw tekst blijft staan.',
    wiped: 'Het gesprek is gewist.',
    wipedHere: 'Hier is het gesprek gewist. Op de server is dat nog niet zeker. Daar verdwijnt het binnen een half uur.',
    renewed: 'De assistent is het vorige gesprek vergeten. Er begint een nieuw gesprek.',
    endsSoon: 'Binnen 2 minuten vergeet de assistent dit gesprek. Wilt u doorgaan?',
    goOn: 'Doorgaan',
    goesOn: 'Het gesprek gaat door.',
    notSure: 'Dat lukte niet. Probeer het nog eens, of stuur een bericht.',
    forgotten:
      'De assistent is dit gesprek vergeten. Wat hierboven staat, ziet u alleen nog op dit scherm. ' +
      'Typt u weer iets? Dan begint een nieuw gesprek.',
    unread: '1 nieuw antwoord',
    leaving: 'U verlaat deze pagina.',
    failed: 'Er gaat iets mis.',
    offline: 'Er gaat iets mis. Misschien bent u offline.',
    unanswered: 'Niet beantwoord',
    callInstead: 'Bel bij gevaar 112. Of bel het Ondersteuningsteam Weerbaar Bestuur.',
    retry: 'Opnieuw proberen',
    choices: 'U kunt kiezen:',
    intro:
      'U praat met een computer, niet met een mens, en we bewaren dit gesprek niet. ' +
      `Voor een mens belt u het Ondersteuningsteam Weerbaar Bestuur: ${TEAM}.`,
    moreQuestion: 'Goed om te weten',
    moreAnswer: [
      '- Deze hulp is voor politici in gemeenten en provincies en voor de mensen om hen heen. ' +
        'Bij bedreiging, intimidatie of een onveilig gevoel.',
      '- De assistent kan fouten maken. Wat u het Ondersteuningsteam vertelt, is vertrouwelijk.',
      '- Laadt u de pagina opnieuw? Dan begint u opnieuw. Op een andere pagina soms ook.',
      '- Noem geen namen of adressen.',
      '- Kijkt iemand mee op uw telefoon of computer? Gebruik een ander apparaat.',
    ].join('\n'),
    exitQuestion: 'Wat doet ‘Snel weg’?',
    exitAnswer:
      'De knop wist het gesprek en opent meteen een andere website.\n\n' +
      'Let op: in de geschiedenis van uw browser blijft staan dat u op deze pagina was. ' +
      'Een telefoontje blijft staan in de lijst met gesprekken van uw telefoon.',
    exitKey: 'Snel weg kan ook zo: druk drie keer snel op de toets Shift.',
    privacy: 'Lees hoe we met uw gegevens omgaan',
    startersLabel: 'Kies een vraag of typ zelf:',
    starters: ['Ik word bedreigd', 'Ik voel me onveilig', 'Wat doet het Ondersteuningsteam?', 'Hoe doe ik aangifte?'],
    callQuestion: ['Wat gebeurt er als u ', ' belt?'],
    // From the brochure of the support team. Do not add opening hours or response times: there is no source for them.
    callAnswer:
      'U krijgt een contactpersoon aan de lijn. Die denkt met u mee, geeft advies en schakelt anderen in als dat nodig is. ' +
      'Het gesprek is vertrouwelijk.',
    copy: 'Kopieer ',
    copied: ' is gekopieerd.',
    notCopied: 'Kopiëren lukt hier niet. Het nummer is geselecteerd: ',
  };

  /** Who answers a number; it stands under the number on a call card. */
  const CAPTIONS = new Map([
    [EMERGENCY, 'Noodnummer, bij gevaar'],
    [SUICIDE_PREVENTION, '113 Zelfmoordpreventie luistert, dag en nacht'],
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
  /** @typedef {import('./weerbaar-chat').WeerbaarChatElement} WeerbaarChatElement */
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
    #minutes = MINUTES;
    /** @type {AbortController | undefined} */
    #turn;

    maxCharacters = 2000;
    /** When the server forgets, as Date.now(), which also counts the sleep of a laptop; 0: there is nothing to forget. */
    endsAt = 0;

    /** @param {string} base @param {number} timeout */
    constructor(base, timeout) {
      this.#base = base;
      this.#timeout = timeout;
    }

    /** How long before the end to warn, in milliseconds. */
    get warnBefore() {
      return Math.min(WARN_BEFORE, this.#minutes * 30_000);
    }

    /** Another address counts from the next session on. @param {string} base @param {number} timeout */
    configure(base, timeout) {
      if (!this.#token) this.#base = base;
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
      let renewed = false;
      try {
        if (this.#token) {
          try {
            return await this.#message(say.payload ? { payload: say.payload, id } : { text: say.text, id }, turn.signal);
          } catch (error) {
            if (!(error instanceof Refused && error.code === 'unknown_session')) throw error;
          }
          renewed = true;
        }
        await this.#start(turn.signal);
        if (renewed) onRenewed();
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
      const headers = this.#authorization;
      this.#drop();
      const asked = this.#fetchTwice('/session', { method: 'DELETE', headers });
      const wiped = asked.then(({ ok }) => ok, () => false);
      // We wait no longer than this, but do not take the request back: on a slow network it may still arrive.
      return Promise.race([wiped, new Promise((resolve) => setTimeout(resolve, FORGET_TIMEOUT, false))]);
    }

    /** Lets the minutes begin again. @returns {Promise<boolean>} whether there still was a session */
    async goOn() {
      const asked = Date.now();
      const request = { method: 'POST', headers: this.#authorization, signal: abortAfter(this.#timeout) };
      const response = await this.#fetchTwice('/session/keep', request);
      if (response.status === 401) return false;
      if (!response.ok) throw new Error(`status ${response.status}`);
      if (this.#token) this.#lasts(asked);
      return true;
    }

    get #authorization() {
      return { Authorization: `Bearer ${this.#token}` };
    }

    #drop() {
      this.#token = '';
      this.endsAt = 0;
    }

    /** From when we asked: rather warn too early than too late. @param {number} asked */
    #lasts(asked) {
      this.endsAt = asked + this.#minutes * 60_000;
    }

    /** The same from a page that goes away: a request that outlives it, and that needs no leave of another origin. */
    leave() {
      this.#turn?.abort();
      const token = this.#token;
      this.#drop();
      if (!token) return;
      if ('keepalive' in Request.prototype) {
        const request = /** @type {RequestInit} */ ({ method: 'POST', mode: 'no-cors', body: token, keepalive: true });
        this.#fetch('/session/end', request).catch(() => {});
      } else {
        navigator.sendBeacon(`${this.#base}/session/end`, token);
      }
    }

    /** @param {AbortSignal} signal */
    async #start(signal) {
      const asked = Date.now();
      const reply = await readReply(await this.#fetchTwice('/session', { method: 'POST', signal }));
      if (typeof reply.session !== 'string' || !reply.session) throw new Error('no session');
      this.#token = reply.session;
      if (reply.minutes > 0) this.#minutes = reply.minutes;
      this.#lasts(asked);
      if (reply.max_characters > 0) this.maxCharacters = reply.max_characters;
    }

    /** @param {{text?: string, payload?: string, id: string}} body @param {AbortSignal} signal */
    async #message(body, signal) {
      const asked = Date.now();
      const headers = { ...this.#authorization, 'Content-Type': 'application/json' };
      const text = body.text && bothEnds(body.text);
      const request = { method: 'POST', headers, body: JSON.stringify({ ...body, text }), signal };
      const answer = readAnswer(await readReply(await this.#fetchTwice('/message', request)));
      if (!answer.failure) this.#lasts(asked);
      return answer;
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

  /** @param {string} text */
  const bothEnds = (text) =>
    text.length <= MOST_SENT ? text : `${text.slice(0, MOST_SENT / 2 - 1)}\n${text.slice(-MOST_SENT / 2)}`;

  /** AbortSignal.timeout(), which Safari does not have before 16. @param {number} milliseconds */
  function abortAfter(milliseconds) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), milliseconds);
    return controller.signal;
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

  /** @param {{card: Card | null}} message */
  const isSerious = ({ card }) => Boolean(card && card.ernst !== 'zorg');

  /**
   * In a serious case the last paragraph, when it asks something, goes with the buttons that answer it.
   * @param {Message} message
   */
  function splitQuestion(message) {
    const [, text, question] = /^(.*?)\n\s*\n([^\n]*\?[^\n]*)$/s.exec(message.text) ?? [];
    return question && message.buttons.length && isSerious(message) ? { text, question } : { text: message.text, question: '' };
  }

  /** @param {Choice[]} choices @returns {Say[]} */
  const saysOf = (choices) => choices.map(({ title, payload }) => ({ text: title, payload }));

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

  /** A number as text, which a translator of the browser leaves alone. @param {string} number */
  const numberText = (number) => element('span', { class: 'number', translate: 'no' }, spaced(number));

  /**
   * Shows where the compounds may be broken, for not every browser knows Dutch. The style sheet puts a soft hyphen in the
   * empty elements, so that it is not part of the text and is not copied.
   * @param {string} text
   */
  function hyphenated(text) {
    const parts = text.replace(/(onder|\p{L}{4}(?:ings|heids|ders|wens|ties|moord))(?=\p{L}{4})/giu, '$1\0').split('\0');
    return parts.flatMap((part, at) => [...(at ? [element('span', { class: 'shy' })] : []), new Text(part)]);
  }

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
      nodes.push(...hyphenated(line.slice(end, match.index)));
      if (web) nodes.push(webLink(/^www/i.test(web) ? `https://${web}` : web, web));
      else if (mail) nodes.push(element('a', { href: `mailto:${mail}` }, mail));
      else if (phone) {
        nodes.push(element('a', { href: telephoneLink(phone), class: 'number', dir: 'ltr', translate: 'no' }, phone));
      }
      end = match.index + match[0].length;
    }
    return [...nodes, ...hyphenated(line.slice(end))];
  }

  /** @param {string} href @param {string} text */
  const webLink = (href, text) =>
    // Not as text inside the link: it would be copied along.
    element('a', { href, rel: 'noreferrer noopener', target: '_blank', 'aria-describedby': 'new-window' }, text);

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
  function callButton(number) {
    const label = element('span', {}, icon('phone'), TEXT.call, numberText(number));
    const caption = CAPTIONS.get(digits(number));
    const link = element('a', { class: 'call', href: telephoneLink(number) }, label);
    if (caption) link.append(' ', element('small', {}, ...hyphenated(caption)));
    return link;
  }

  /**
   * @param {Message & {card: Card}} message
   * @param {(text: string) => void} announce
   * @param {HTMLElement | ''} choices what the user can choose from, below the number of the team
   */
  function renderCard({ card, text }, announce, choices) {
    const numbers = cardNumbers(card, text);
    const { className, iconName, heading } = cardLook(card, numbers[0]);
    const box = element('div', { class: `card ${className}`, role: 'group', 'aria-label': heading });
    box.append(element('h3', {}, icon(iconName), element('span', {}, ...hyphenated(heading))));
    for (const number of numbers) {
      box.append(callButton(number));
      if (number !== card.telefoon) continue;
      if (card.adviseur) box.append(element('p', {}, ...hyphenated(`${askForAdviser(card.adviseur)}.`)));
      box.append(choices);
    }
    // The rest names the number that it is about: a card can have three of them.
    if (numbers.includes(TEAM)) {
      const [before, after] = TEXT.callQuestion;
      const question = element('summary', {}, before, numberText(TEAM), after);
      box.append(element('details', {}, question, element('p', {}, TEXT.callAnswer)));
    }
    const result = element('p');
    box.append(element('div', { class: 'copy' }, ...numbers.map((number) => copyButton(number, result, announce)), result));
    return box;
  }

  /** @param {string} number @param {HTMLElement} result where it says what happened @param {(text: string) => void} announce */
  function copyButton(number, result, announce) {
    const copy = button(TEXT.copy, 'plain', async () => {
      const text = numberText(number);
      try {
        await navigator.clipboard.writeText(number);
        result.replaceChildren(text, TEXT.copied);
      } catch {
        // No clipboard on plain http, in some frames, or by choice of the user.
        result.replaceChildren(TEXT.notCopied, text);
        getSelection()?.selectAllChildren(text);
      }
      announce(result.textContent ?? '');
    });
    copy.append(numberText(number));
    return copy;
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
  --danger: #a8071a; --danger-ink: #fff; --alarm: #a8071a; --left: auto; --right: 16px;
  --main: var(--utrecht-button-primary-action-background-color, var(--nl-button-primary-background-color, var(--blue)));
  --main-ink: var(--utrecht-button-primary-action-color, var(--nl-button-primary-color, #fff));
  color: var(--ink);
  color-scheme: light dark;
  font: 1em/1.5 var(--utrecht-document-font-family, var(--nl-document-font-family, system-ui, sans-serif));
}
@media (prefers-color-scheme: dark) {
  .root {
    --ink: #edf1f5; --muted: #b9c5d0; --paper: #141d26; --soft: #1f2b37; --mine: #1d3c5a; --line: #8796a5; --link: #9ecbff;
    --danger: #b3202f; --alarm: #ffb4ba; --blue: #2b68ad;
  }
}
.root.page { height: 100%; }
:host([place=left]) .root:not(.aside), :host(:not([place=left])) .aside { --left: 16px; --right: auto; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol { margin: 0; padding: 0; font: inherit; }
a { color: var(--link); }
.number { white-space: nowrap; }
.shy::before { content: "\\ad"; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

/* Two rings, so that one of them stands out on any background. */
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }

button, .call, .tel {
  min-height: 44px; padding: .5em 1em; border: 2px solid var(--line); border-radius: 4px;
  font: inherit; font-weight: 600; line-height: 1.25; text-align: center; text-decoration: none; cursor: pointer;
  background: var(--paper); color: var(--link);
}
/* Not on a touch screen, where it would stay after a tap. */
@media (hover: hover) { button:hover, .call:hover, .tel:hover { text-decoration: underline; } }
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
  right: var(--right); left: var(--left); bottom: var(--weerbaar-chat-bottom, 16px); display: flex; gap: .5em; align-items: center;
  min-height: 48px; box-shadow: 0 2px 8px #0006; border: 2px solid var(--paper);
}
.badge { padding: 0 .5em; border-radius: 1em; background: var(--main-ink); color: var(--main); }
.blank { inset: 0; width: auto; height: auto; margin: 0; border: 0; padding: 0; background: #fff; }

.panel {
  container-type: size; margin: 0; padding: 0; color: inherit; background: var(--paper);
  inset: auto var(--right) 16px var(--left); width: 27em; height: 46em; max-width: calc(100% - 32px); max-height: calc(100% - 32px);
  border: 2px solid var(--line); border-radius: 6px; box-shadow: 0 4px 24px #0005; overflow: hidden;
}
.panel.cover {
  inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0;
  box-shadow: none;
}
.page .panel {
  position: static; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0;
  box-shadow: none;
}
.inner { display: flex; flex-direction: column; height: 100%; }
.cover .top, .cover .bar, .cover .compose { touch-action: pinch-zoom; }
dialog:not([open]) { display: none; }
.logo { height: 1.6em; width: auto; max-width: 6em; margin-right: .4em; vertical-align: middle; object-fit: contain; }
.ending { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 8px max(12px, 50% - 22em); border-top: 1px solid var(--line); }
.ending p { flex: 1 1 12em; }

.top { display: flex; align-items: center; gap: 8px; padding: 4px 8px; background: var(--main); color: var(--main-ink); }
h2 { flex: 1; min-width: 0; padding-left: 4px; line-height: 1.2; font-weight: 700; }
.actions { display: flex; flex-wrap: wrap; gap: 6px; justify-content: flex-end; }
.actions button {
  min-height: 36px; padding: 2px 8px; font-size: .875em; background: transparent; border: 1px solid; color: inherit;
}
/* The two numbers and the way out: one line at any width and any size of text. */
.bar {
  display: flex; gap: 4px; padding: 4px; background: var(--paper); border-bottom: 1px solid var(--line);
}
.top, .bar, .call, .row button { font-size: min(1em, 4.4vw); font-size: min(1em, 4.4cqi); }
.numbers { display: flex; flex: 1; gap: 4px; }
.tel, .bar .exit { flex: 1 0 auto; padding: 2px 6px; }
.tel { display: flex; flex-direction: column; justify-content: center; border-color: var(--link); }
.bar .exit { flex-grow: 0; background: var(--ink); border-color: var(--ink); color: var(--paper); }
.tel.danger { border-color: var(--danger); }
small { font-size: .75em; font-weight: 400; line-height: 1.2; }

.log {
  flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px max(12px, 50% - 22em);
  overflow-wrap: break-word; hyphens: auto;
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
.note, .counter, .state { font-size: .875em; color: var(--muted); }
.counter:not(:empty) { margin-top: 4px; }
.over { font-size: 1em; font-weight: 600; color: var(--alarm); }
.note, .state { text-align: center; }
.mine .state { text-align: right; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.choices p { width: 100%; font-weight: 600; }
.choices button { padding: .5em .75em; border-color: var(--link); text-align: left; }
.typing { margin-top: 16px; color: var(--muted); }

details { margin-top: .25em; }
summary { padding: 10px 0; font-weight: 600; color: var(--link); cursor: pointer; }
details > * + p, details > div > p + p { margin-top: .5em; }

.card, .failure {
  width: 100%; max-width: 28em; border: 2px solid var(--link); border-radius: 6px; background: var(--paper);
  overflow: hidden;
}
.card > * { margin: 8px 12px 0; }
.bubble + .card, .card + .bubble { margin-top: 8px; }
h3 { display: flex; gap: .5em; align-items: center; font-size: 1.1em; font-weight: 700; line-height: 1.25; }
.card h3 { margin: 0; padding: 6px 12px; font-size: min(1.1em, 5cqi); background: var(--main); color: var(--main-ink); }
.card .call { display: grid; align-content: center; justify-items: center; padding: 4px 8px; background: var(--paper); color: var(--link); border-color: var(--link); }
.call > span { display: inline-flex; gap: .35em; align-items: center; vertical-align: middle; }
.call small { font-size: .8125em; }
summary .number { white-space: normal; }
.card h3 + .call { background: var(--main); color: var(--main-ink); border-color: var(--main); }
.card h3 + .call > span { font-size: 1.2em; }
.card.acuut { border: 4px double var(--danger); }
.card.acuut h3 { background: var(--danger); color: var(--danger-ink); }
.card.acuut h3 + .call {
  min-height: 72px; background: var(--danger); color: var(--danger-ink); border-color: var(--danger);
}
.card.acuut h3 + .call > span { font-size: 1.75em; }
.card.zorg { border-width: 1px; border-color: var(--line); }
.card.zorg h3 { background: none; color: inherit; }
.card .copy { display: flex; flex-wrap: wrap; gap: 4px 8px; margin-top: 0; padding-bottom: 12px; }
.copy p { width: 100%; }
.plain { border-width: 1px; font-weight: 400; padding: .25em .75em; }
.failure { padding: 14px; border-style: dashed; border-color: var(--danger); }
.failure .numbers { flex-wrap: wrap; padding: 12px 0; }
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
textarea::placeholder { color: transparent; opacity: 1; white-space: nowrap; }
textarea[aria-invalid] { border-color: var(--danger); border-style: dashed; }

@container (max-width: 30em) {
  .bel { position: absolute; clip-path: inset(50%); }
  .danger .bel { position: static; clip-path: none; }
}
@container (max-width: 23em) {
  .choices button { padding-inline: .5em; }
}
@container (max-height: 36em) {
  label { position: absolute; clip-path: inset(50%); }
  .compose { padding-block: 4px; }
  textarea::placeholder { color: var(--muted); }
}
/* Little height (zoom of 400 %, phone on its side): all of it scrolls, the numbers and the input stay. */
@container (max-height: 20em) {
  .inner { overflow-y: auto; scroll-padding: 4em 0; }
  .log { flex: 1 0 auto; overflow: visible; }
  .bar, .compose { position: sticky; top: 0; bottom: 0; z-index: 1; }
  textarea { max-height: 4.5em; }
}
@container (max-height: 15em) {
  .compose { position: static; }
}
/* On paper a page is as it is without the chat, and the page of the chat is its two numbers. */
@media print {
  .launcher, dialog, .blank, .top, .bar .exit, .log, .ending, .compose { display: none !important; }
  .tel { background: none; color: #000; }
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

  // ---------------------------------------------------------------------------------------------------- the chat

  /** A conversation and what is seen of it. When a host replaces the element (Turbo, a router), it goes on in the next. */
  class Chat {
    /** Removes all listeners outside the element. */
    #listening = new AbortController();
    #listeningForKeys = false;
    /** When Shift alone was pressed and let go, lately. @type {number[]} */
    #presses = [];
    #shiftAlone = false;
    #wasOpen = false;
    #warned = false;
    #timer = 0;
    /** Whether a mouse, finger or pen is down: what moved away between pressing and letting go would not be clicked. */
    #pressed = false;
    /** The turn we wait for. A late answer to another turn, say after wiping, is dropped. @type {symbol | null} */
    #turn = null;
    #connection = new Connection('', 0);
    #narrow = matchMedia('(max-width: 40em), (max-height: 30em)');

    /** The element that shows us, or showed us last. */
    #host = /** @type {HTMLElement} */ (document.documentElement);
    #root = /** @type {ShadowRoot} */ (/** @type {unknown} */ (document));
    #pageMode = false;

    #launcher = button('', 'launcher', () => this.show());
    #heading = element('h2', { id: 'title', tabindex: '-1', part: 'title' });
    /** @type {HTMLElement} */
    #panel = element('section');
    #bar = element('div', { class: 'bar' });
    #list = element('ol');
    #intro = element('div', { class: 'intro' });
    #typing = element('p', { class: 'typing', hidden: '' }, TEXT.typing);
    /*
     * The log is silent and can be read at leisure. What is new is read out by the two announcers: exactly once, in order,
     * and without the buttons and labels that a log would read along. They are there before the first text comes,
     * because a screen reader only follows a region that it knows.
     */
    #log = element('div', { class: 'log', part: 'log', role: 'log', 'aria-label': TEXT.log, 'aria-live': 'off', tabindex: '0' });
    #polite = element('div', { class: 'hidden', 'aria-live': 'polite' });
    #assertive = element('div', { class: 'hidden', 'aria-live': 'assertive' });
    /** The same, for while the panel is closed. */
    #outside = ['polite', 'assertive'].map((live) => element('div', { class: 'hidden', 'aria-live': live }));
    /** The answer that came while the panel was closed. @type {HTMLElement | null} */
    #unread = null;
    /** How the page scrolled before it was held. @type {string[] | null} */
    #held = null;
    #badge = element('span', { class: 'badge', hidden: '' });
    #input = element('textarea', {
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
    #counter = element('p', { id: 'counter', class: 'counter' });
    #submit = element('button', { type: 'submit', class: 'main', part: 'send' }, TEXT.send);
    #endsSoon = element('p');
    #ending = element('div', { class: 'ending', role: 'group', 'aria-label': TEXT.endsSoon, hidden: '' }, this.#endsSoon);
    #compose = this.#form();

    constructor() {
      this.#log.append(this.#intro, this.#list, this.#typing);
      this.#ending.append(button(TEXT.goOn, 'main', () => this.#goOn()));
      // Also fires before the page is kept for the Back button, so that Back shows nothing of the conversation.
      addEventListener('pagehide', this.end);
      this.#launcher.setAttribute('part', 'launcher');
      this.#setInput('');
    }

    /** Shows the chat in an element. @param {HTMLElement} host @param {ShadowRoot} root */
    mount(host, root) {
      this.#host = host;
      this.#root = root;
      this.#pageMode = host.getAttribute('mode') === 'page';
      const isNew = !this.#list.firstChild && !this.#input.value;
      const wasOpen = this.#wasOpen;
      this.#build();
      this.#describe();

      this.#listening = new AbortController();
      const { signal } = this.#listening;
      this.#narrow.addEventListener('change', () => this.#layOut(), { signal });
      window.visualViewport?.addEventListener('resize', () => this.#makeRoomForKeyboard(), { signal });
      window.visualViewport?.addEventListener('scroll', () => this.#makeRoomForKeyboard(), { signal });
      document.addEventListener('visibilitychange', () => this.#lookAtClock(), { signal });
      if (!this.#pageMode) this.#watchPage(signal);
      if (this.#pageMode || this.#listeningForKeys) this.#listenForKeys();
      if (!this.#pageMode && (wasOpen || (isNew && host.hasAttribute('open')))) this.#open();
      else host.removeAttribute('open');
      this.#inputChanged();
      this.#scrollToLast();
    }

    /** The element is taken away; the conversation stays. */
    unmount() {
      this.#wasOpen = this.#isOpen;
      this.#holdPage(false);
      this.#listening.abort();
    }

    /** @param {string} name of an attribute */
    changed(name) {
      if (name === 'open') {
        if (this.#host.hasAttribute('open')) this.#open();
        else this.close();
      } else if (name === 'mode') {
        this.unmount();
        this.mount(this.#host, this.#root);
      } else if (['label', 'logo', 'contact', 'privacy-url', 'exit-key', 'minutes'].includes(name)) {
        this.#describe();
      }
    }

    show() {
      if (this.#pageMode) return;
      const unread = this.#unread;
      this.#open();
      // Not to the input: on a phone the keyboard would cover the first screen.
      (unread ?? this.#heading).focus({ preventScroll: true });
    }

    /** Closes the panel. The conversation stays, until the page goes away. */
    close() {
      if (!this.#isOpen) return;
      const hadFocus = this.#root.activeElement;
      this.#hide();
      if (hadFocus) this.#launcher.focus();
      this.#tell('close');
    }

    /** Ends the conversation, for nobody can come back to it. */
    end = () => {
      this.#connection.leave();
      this.#reset();
      this.#wasOpen = false;
      // Without an event: no code of the host may stand in the way of leaving.
      if (this.#isOpen) this.#hide();
    };

    /** @param {string} name @param {object} [detail] */
    #tell(name, detail) {
      if (this.#host.isConnected) this.#host.dispatchEvent(new CustomEvent(name, { detail }));
    }

    // ------------------------------------------------------------------------------------------------ building

    #build() {
      /*
       * Beside a page the chat is a dialog that is not modal: the page stays in reach. When it covers the screen it is
       * modal: the browser then keeps focus and screen reader inside, and no layer of the host lies over it. On its own
       * page it is no dialog at all.
       */
      this.#panel = element(this.#pageMode ? 'section' : 'dialog', { class: 'panel', part: 'panel', 'aria-labelledby': 'title' });
      // The Back gesture of Android. Esc comes in as a key, below.
      this.#panel.addEventListener('cancel', (event) => {
        event.preventDefault();
        this.close();
      });
      // A browser may close it without asking.
      this.#panel.addEventListener('close', () => {
        if (this.#isOpen || !this.#launcher.hidden) return;
        this.#hide();
        this.#tell('close');
      });

      const actions = element('div', { class: 'actions' });
      actions.append(button(TEXT.wipe, '', () => this.#wipe()));
      if (!this.#pageMode) actions.append(button(TEXT.close, '', () => this.close()));

      const inner = element('div', { class: 'inner' });
      this.#bar.replaceChildren(numbers(), button(TEXT.exit, 'exit', () => this.#exit()));
      const top = element('div', { class: 'top', part: 'header' }, this.#heading, actions);
      inner.append(top, this.#bar, this.#log, this.#ending, this.#compose);
      const newWindow = element('span', { id: 'new-window', hidden: '' }, TEXT.newWindow);
      this.#panel.append(inner, this.#polite, this.#assertive, newWindow);

      const root = element('div', { class: this.#pageMode ? 'root page' : 'root', lang: 'nl' }, this.#panel, ...this.#outside);
      if (!this.#pageMode) root.append(this.#launcher);
      this.#launcher.hidden = false;
      this.#root.replaceChildren(root);
      addStyle(this.#root);
    }

    /** What the host says about itself: name, logo, and what stands on the first screen. */
    #describe() {
      const title = this.#host.getAttribute('label') || TEXT.title;
      this.#heading.replaceChildren(title);
      this.#launcher.replaceChildren(icon('talk'), element('span', {}, title), ' ', this.#badge);
      const address = webAddress(this.#host.getAttribute('logo'));
      if (address) {
        const logo = element('img', { src: address, alt: '', class: 'logo', part: 'logo', referrerpolicy: 'no-referrer' });
        logo.addEventListener('error', () => logo.remove());
        this.#heading.prepend(logo);
      }
      this.#buildIntro();
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
        // Enter on a touch keyboard, which does not say which key it was, makes a new line: no half story is sent.
        if ((matchMedia('(pointer: coarse)').matches || !event.code) && !event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.#sendTyped();
      });
      return form;
    }

    /** The first screen. */
    #buildIntro() {
      /** @param {string} question @param {string} answer */
      const details = (question, answer) =>
        element('details', {}, element('summary', {}, question), element('div', {}, renderText(answer)));
      const starters = TEXT.starters.map((text) => ({ text }));
      this.#intro.replaceChildren(renderText(TEXT.intro));
      const contact = this.#host.getAttribute('contact');
      if (contact) this.#intro.append(element('p', { class: 'contact' }, ...renderLine(contact)));
      this.#intro.append(this.#choices(TEXT.startersLabel, starters));
      if (this.#exitByKey) this.#intro.append(element('p', {}, TEXT.exitKey));
      this.#intro.append(element('p', {}, lasts(Number(this.#host.getAttribute('minutes')) || MINUTES)));
      this.#intro.append(details(TEXT.moreQuestion, TEXT.moreAnswer), details(TEXT.exitQuestion, TEXT.exitAnswer));
      const privacy = webAddress(this.#host.getAttribute('privacy-url'));
      if (privacy) this.#intro.append(element('p', {}, webLink(privacy, TEXT.privacy)));
    }

    // ------------------------------------------------------------------------------------------------ opening and closing

    get #dialog() {
      return /** @type {HTMLDialogElement} */ (this.#panel);
    }

    get #isOpen() {
      return !this.#pageMode && this.#dialog.hasAttribute('open');
    }

    #open() {
      if (this.#isOpen || this.#pageMode) return;
      this.#show();
      this.#listenForKeys();
      this.#host.setAttribute('open', '');
      this.#tell('open');
    }

    #show() {
      this.#launcher.hidden = true;
      this.#panel.classList.toggle('cover', this.#narrow.matches);
      // Not show(), which takes the focus; a page that opens with the chat beside it keeps its own.
      if (this.#narrow.matches && this.#canBeModal) this.#dialog.showModal();
      else this.#dialog.setAttribute('open', '');
      this.#holdPage(this.#narrow.matches);
      this.#makeRoomForKeyboard();
      // A closed panel forgets where it was scrolled to.
      const last = this.#unread ?? this.#list.lastElementChild;
      if (last) this.#scrollTo(last);
      this.#setUnread(null);
    }

    /** @param {HTMLElement | null} unread */
    #setUnread(unread) {
      this.#unread = unread;
      this.#badge.hidden = !unread;
      this.#badge.textContent = unread ? TEXT.unread : '';
    }

    /** While the chat covers the screen the page behind it does not scroll. @param {boolean} hold */
    #holdPage(hold) {
      const { style } = document.documentElement;
      if (hold === Boolean(this.#held)) return;
      const before = [style.getPropertyValue('overflow'), style.getPropertyPriority('overflow')];
      const [value, priority] = this.#held ?? ['hidden', 'important'];
      style.setProperty('overflow', value, priority);
      this.#held = hold ? before : null;
    }

    #hide() {
      if (this.#canBeModal) this.#dialog.close();
      this.#dialog.removeAttribute('open');
      this.#holdPage(false);
      this.#panel.parentElement?.classList.remove('aside');
      this.#launcher.hidden = false;
      this.#makeWay();
      this.#host.removeAttribute('open');
    }

    /** Not before Safari 15.4 and Firefox 98: there <dialog> is an element like any other. */
    get #canBeModal() {
      return 'showModal' in this.#dialog;
    }

    /** The window became small or large while the panel was open. */
    #layOut() {
      if (!this.#isOpen) return;
      const focused = /** @type {HTMLElement | null} */ (this.#root.activeElement);
      if (this.#canBeModal) this.#dialog.close();
      this.#show();
      focused?.focus({ preventScroll: true });
    }

    /** The keyboard of a phone lies over the page; the panel ends above it. Not while the user zooms in by hand. */
    #makeRoomForKeyboard() {
      const view = window.visualViewport;
      const fits = view && view.scale === 1 && this.#isOpen && this.#narrow.matches;
      this.#panel.style.height = fits ? `${view.height}px` : '';
      this.#panel.style.top = fits ? `${view.offsetTop}px` : '';
    }

    /** What is done on the page, and what comes and goes there, such as a cookie banner. @param {AbortSignal} signal */
    #watchPage(signal) {
      let timer = 0;
      const soon = () => {
        clearTimeout(timer);
        timer = window.setTimeout(() => this.#makeWay(), MAKE_WAY_AFTER);
      };
      const observer = new MutationObserver(soon);
      const attributeFilter = ['class', 'style', 'hidden', 'open'];
      observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter });
      signal.addEventListener('abort', () => observer.disconnect());
      let lettingGo = 0;
      const letGo = () => {
        clearTimeout(lettingGo);
        if (this.#pressed) soon();
        this.#pressed = false;
      };
      const letGoLater = () => {
        clearTimeout(lettingGo);
        lettingGo = window.setTimeout(letGo, CLICK_COMES_WITHIN);
      };
      const press = () => {
        clearTimeout(lettingGo);
        this.#pressed = true;
      };
      this.#pressed = false;
      // Before any code of the page, which may stop an event.
      const early = { signal, capture: true };
      addEventListener('pointerdown', press, early);
      addEventListener('pointerup', letGoLater, early);
      addEventListener('pointercancel', letGoLater, early);
      addEventListener('click', letGo, early);
      addEventListener('keydown', letGo, early);
      // After a scroll bar or outside the window nobody tells that the mouse is up.
      addEventListener('pointermove', ({ buttons }) => void (buttons || letGo()), early);
      for (const name of ['resize', 'scroll', 'load']) addEventListener(name, soon, { signal });
      document.addEventListener('focusin', () => this.#makeWay(), { signal });
      document.addEventListener('focusin', soon, { signal });
      soon();
    }

    /** The focus of the page and the buttons that stay on the screen must not lie below us. */
    #makeWay() {
      if (this.#pressed) return;
      const focused = document.activeElement;
      if (this.#isOpen && !this.#panel.matches('.cover') && focused !== this.#host && covers(this.#panel, focused)) {
        this.#panel.parentElement?.classList.toggle('aside');
        // Where both sides cover it there is no room for the two of them.
        if (covers(this.#panel, focused)) this.close();
      }
      const { style } = this.#launcher;
      style.bottom = '';
      // One may lie above the other.
      for (let tries = 0; tries < 3 && !this.#launcher.hidden; tries++) {
        const box = this.#launcher.getBoundingClientRect();
        const bottom = document.documentElement.clientHeight - highestBelow(box, this.#host) + 8;
        if (bottom < 0 || bottom + box.height > innerHeight) return;
        style.bottom = `${bottom}px`;
      }
    }

    /** From the first use on: on a page where nobody opened the chat the keys do nothing. */
    #listenForKeys() {
      this.#listeningForKeys = true;
      const { signal } = this.#listening;
      document.addEventListener('keydown', this.#onKeyDown, { signal });
      document.addEventListener('keyup', this.#onKeyUp, { signal });
      document.addEventListener('pointerdown', this.#onPointerDown, { signal });
    }

    get #exitByKey() {
      return this.#host.getAttribute('exit-key') !== 'off';
    }

    #onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      if (event.repeat || event.isComposing) return;
      // With any other key it writes a capital or is part of a shortcut.
      this.#shiftAlone = event.key === 'Shift' && !event.ctrlKey && !event.altKey && !event.metaKey;
      if (!this.#shiftAlone) this.#presses = [];
      if (event.key === 'Escape') this.#onEscape(event);
    };

    #onKeyUp = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Shift' || !this.#shiftAlone) return;
      this.#shiftAlone = false;
      this.#presses = [...this.#presses, event.timeStamp].slice(-EXIT_PRESSES);
      const inTime = event.timeStamp - this.#presses[0] <= EXIT_PRESSES_WITHIN;
      if (this.#presses.length === EXIT_PRESSES && inTime && this.#exitByKey) this.#exit();
    };

    /** Shift and a click select text. */
    #onPointerDown = () => {
      this.#shiftAlone = false;
      this.#presses = [];
    };

    /** Closes the panel; not from a field, where it ends a screen reader's forms mode. @param {KeyboardEvent} event */
    #onEscape(event) {
      if (!this.#isOpen || event.defaultPrevented) return;
      const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
      const outside = event.target !== this.#host;
      const field = target.isContentEditable || target.matches?.('input, textarea, select');
      if (field || (outside && target.closest?.('dialog, [role=dialog], [popover]'))) {
        // Else the browser itself closes a modal dialog.
        if (!outside) event.preventDefault();
        return;
      }
      event.preventDefault();
      this.close();
    }

    // ------------------------------------------------------------------------------------------------ wiping and leaving

    /** Back to the first screen, with nothing left of the conversation. */
    #reset() {
      this.#turn = null;
      clearInterval(this.#timer);
      this.#timer = 0;
      this.#ending.hidden = true;
      this.#list.replaceChildren();
      for (const announcer of [this.#polite, this.#assertive, ...this.#outside]) announcer.replaceChildren();
      this.#setUnread(null);
      this.#setInput('');
      this.#setBusy(false);
      this.#buildIntro();
      this.#log.scrollTop = 0;
    }

    async #wipe() {
      const wiped = this.#connection.forget();
      this.#reset();
      const text = (await wiped) ? TEXT.wiped : TEXT.wipedHere;
      this.#intro.prepend(element('p', { class: 'note' }, text));
      this.#announce([{ text }]);
      this.#tell('gewist', { server: text === TEXT.wiped });
    }

    /** First what the eye sees, then the rest. Nothing may stand in the way of leaving. */
    #exit() {
      try {
        const blank = element('div', { class: 'blank', popover: 'manual' });
        this.#root.querySelector('.root')?.append(blank);
        // Over every other layer, also those of the host.
        if ('showPopover' in blank) blank.showPopover();
        this.end();
        this.#announce([{ text: TEXT.leaving }], this.#assertive);
      } finally {
        leavePage(webAddress(this.#host.getAttribute('exit-url')) || EXIT_URL);
      }
    }

    // ------------------------------------------------------------------------------------------------ talking

    #sendTyped() {
      const text = this.#input.value.trim();
      if (!text) return;
      const tooMuch = this.#tooMuch();
      // Sent all the same: there can be a cry for help in it, and the server reads it for danger.
      if (tooMuch > 0) this.#announce([{ text: tooLong(tooMuch) }]);
      this.#send({ text });
    }

    /** @param {Say} say */
    async #send(say) {
      if (this.#turn) {
        this.#counter.textContent = TEXT.wait;
        this.#announce([{ text: TEXT.wait }]);
        return;
      }
      this.#lookAtClock();
      const focused = this.#root.activeElement;
      // Old buttons go: they belong to a turn that is over, and the choice is in the log as what the user said. What was
      // said and not answered stays, unless this says it again.
      for (const old of this.#log.querySelectorAll('.choices, .unanswered')) {
        const said = old.querySelector('.bubble')?.textContent ?? say.text;
        if (!old.matches('.mine') || said === say.text) old.remove();
      }
      if (this.#input.value.trim() === say.text) this.#setInput('');

      const mine = element('li', { class: 'mine', tabindex: '-1' }, hidden(TEXT.you));
      mine.append(element('div', { class: 'bubble', dir: 'auto' }, say.text));
      this.#list.append(mine);
      // The button that was used is gone. From here Tab leads on to the answer.
      if (focused && !focused.isConnected) mine.focus({ preventScroll: true });
      this.#scrollTo(mine);

      const server = webAddress(this.#host.getAttribute('server')) || serverOfScript();
      const timeout = Number(this.#host.getAttribute('timeout')) || ANSWER_TIMEOUT;
      this.#connection.configure(server.replace(/\/+$/, ''), timeout);
      this.#timer ||= window.setInterval(() => this.#lookAtClock(), LOOK_AT_CLOCK_EVERY);
      const turn = (this.#turn = Symbol('turn'));
      this.#setBusy(true);
      const timer = setTimeout(() => this.#showTyping(turn), TYPING_DELAY);
      try {
        const answer = await this.#connection.send(say, () => this.#showRenewed(turn, mine));
        if (turn === this.#turn) this.#showAnswer(say, mine, answer);
        this.#lookAtClock();
      } catch (error) {
        if (turn !== this.#turn) return;
        const refused = error instanceof Refused ? error : null;
        // The flag may be wrong, so it does not keep us from trying.
        const title = refused?.message ?? (navigator.onLine === false ? TEXT.offline : TEXT.failed);
        this.#showFailure(say, mine, title, TEXT.callInstead, refused?.code !== 'too_long');
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
      const choices = answer.messages.flatMap((message) => (isSerious(message) ? [] : message.buttons));
      if (choices.length) items[items.length - 1].append(this.#choices('', saysOf(choices)));
      const said = answer.messages.map((message) => ({ text: splitQuestion(message).text, lang: message.lang }));
      const asked = answer.messages.filter(isSerious).map((message) => ({ ...message, ...splitQuestion(message) }));
      for (const { question, buttons } of [...asked, { question: '', buttons: choices }]) {
        const titles = buttons.map(({ title }) => title).join(', ');
        if (titles) said.push({ text: `${question || TEXT.choices} ${titles}`, lang: 'nl' });
      }
      const acute = answer.messages.find(({ card }) => card?.ernst === 'acuut');
      const heading = acute?.card ? cardLook(acute.card, cardNumbers(acute.card, acute.text)[0]).heading : '';
      this.#present(items[0], said, acute ? this.#assertive : this.#polite, follow || Boolean(acute), heading);
      for (const { card } of answer.messages) {
        if (card) this.#tell('doorverwijzing', { ernst: card.ernst, adviseur: card.adviseur });
      }
    }

    /**
     * Brings what is new to the eye and the ear. While the panel is closed the launcher tells of it, and only `brief` is read
     * out: who closed the panel may not be alone.
     * @param {HTMLElement} item @param {{text: string, lang?: string}[]} said @param {HTMLElement} announcer
     * @param {boolean} follow @param {string} brief
     */
    #present(item, said, announcer, follow, brief) {
      if (this.#pageMode || this.#isOpen) {
        this.#announce(said, announcer);
        if (follow) this.#scrollTo(item);
        return;
      }
      this.#setUnread(item);
      this.#announce([{ text: `${TEXT.unread}. ${brief}` }], announcer);
    }

    /** @param {Message} message */
    #renderMessage(message) {
      const { card, lang, source } = message;
      const { text, question } = splitQuestion(message);
      const shown = element('div', { class: 'text', lang, dir: lang === 'ar' ? 'rtl' : 'ltr' }, renderText(text));
      const bubble = element('div', { class: 'bubble' }, shown);
      bubble.hidden = !text;
      if (source) bubble.append(element('p', { class: 'source' }, TEXT.source, ...renderLine(source)));
      const item = element('li', { class: 'bot', tabindex: '-1' }, hidden(TEXT.bot), bubble);
      if (card) {
        const choices = isSerious(message) && message.buttons.length ? this.#choices(question, saysOf(message.buttons)) : '';
        const box = renderCard({ ...message, card }, (said) => this.#announce([{ text: said }]), choices);
        // In a serious case the number comes before the words, and so does what is asked.
        if (isSerious(message)) bubble.before(box);
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
      this.#list.append(element('li', { class: 'unanswered', tabindex: '-1' }, block));
      if (!say.payload && !this.#input.value.trim()) this.#setInput(say.text);
      const said = `${title} ${advice} ${TEXT.call}${TEAM}.`;
      this.#present(/** @type {HTMLElement} */ (block.parentElement), [{ text: said }], this.#assertive, follow, said);
    }

    /** @param {symbol} turn @param {HTMLElement} mine */
    #showRenewed(turn, mine) {
      if (turn !== this.#turn) return;
      mine.before(element('li', { class: 'note' }, TEXT.renewed));
      this.#announce([{ text: TEXT.renewed }]);
    }

    /** Warns before the server forgets, and says so when it has. */
    #lookAtClock() {
      const { endsAt, warnBefore } = this.#connection;
      const left = endsAt - Date.now();
      if (!endsAt || this.#turn || left > warnBefore) {
        this.#ending.hidden = true;
        this.#warned = false;
      } else if (left <= 0) {
        this.#showForgotten();
      } else if (!this.#warned) {
        this.#warned = true;
        this.#endsSoon.textContent = TEXT.endsSoon;
        const follow = this.#atEnd();
        this.#ending.hidden = false;
        if (follow) this.#scrollToLast();
        this.#announce([{ text: TEXT.endsSoon }]);
      }
    }

    async #goOn() {
      const had = this.#connection.endsAt;
      try {
        if (!(await this.#connection.goOn())) return this.#showForgotten();
        // The button goes away.
        if (this.#ending.contains(this.#root.activeElement)) this.#log.focus();
        this.#lookAtClock();
        if (this.#connection.endsAt) this.#announce([{ text: TEXT.goesOn }]);
      } catch {
        if (this.#connection.endsAt !== had) return;
        this.#endsSoon.textContent = TEXT.notSure;
        this.#announce([{ text: TEXT.notSure }]);
      }
    }

    #showForgotten() {
      this.#connection.forget();
      this.#ending.hidden = true;
      this.#warned = false;
      const follow = this.#atEnd();
      this.#list.append(element('li', { class: 'note' }, TEXT.forgotten));
      this.#announce([{ text: TEXT.forgotten }]);
      if (follow) this.#scrollToLast();
    }

    /** @param {symbol} turn */
    #showTyping(turn) {
      if (turn !== this.#turn) return;
      const follow = this.#atEnd();
      this.#typing.hidden = false;
      if (this.#pageMode || this.#isOpen) this.#announce([{ text: TEXT.typing }]);
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
      this.#counter.classList.toggle('over', tooMuch > 0);
      if (tooMuch > 0) this.#input.setAttribute('aria-invalid', 'true');
      else this.#input.removeAttribute('aria-invalid');
    }

    // ------------------------------------------------------------------------------------------------ reading along

    /** @param {{text: string, lang?: string}[]} texts @param {HTMLElement} [announcer] */
    #announce(texts, announcer = this.#polite) {
      // What is inside a closed dialog is not read out.
      if (!this.#pageMode && !this.#isOpen) announcer = this.#outside[announcer === this.#assertive ? 1 : 0];
      const nodes = texts.filter(({ text }) => text).map(({ text, lang = 'nl' }) => element('p', { lang }, text.replace(/^- /gm, '')));
      announcer.append(...nodes);
      setTimeout(() => nodes.forEach((node) => node.remove()), ANNOUNCEMENT_STAYS);
    }

    /** What scrolls: the log, or all of the panel where there is little height. */
    get #scroller() {
      const inner = /** @type {HTMLElement} */ (this.#log.parentElement);
      return inner.scrollHeight > inner.clientHeight + 1 ? inner : this.#log;
    }

    /** Where the text disappears from sight, in pixels of the window. @param {HTMLElement} scroller */
    #sight(scroller) {
      const { top, bottom } = scroller.getBoundingClientRect();
      if (scroller === this.#log) return { top, bottom };
      // The bar, and the input where there is room for it, stay while all else scrolls.
      return { top: top + this.#bar.offsetHeight, bottom: Math.min(bottom, this.#input.getBoundingClientRect().top) };
    }

    /** Whether the user is at the end; who has scrolled up to read is left in peace. */
    #atEnd() {
      const last = this.#typing.hidden ? (this.#list.lastElementChild ?? this.#list) : this.#typing;
      return last.getBoundingClientRect().bottom - this.#sight(this.#scroller).bottom < 100;
    }

    #scrollToLast() {
      if (this.#list.lastElementChild) this.#scrollTo(this.#list.lastElementChild);
    }

    /** As far down as possible with the start of the node in view. @param {Element} node */
    #scrollTo(node) {
      const scroller = this.#scroller;
      scroller.scrollTop += node.getBoundingClientRect().top - this.#sight(scroller).top - 8;
    }
  }

  /** The two numbers that are always in sight, with who answers. */
  function numbers() {
    /** @param {string} className @param {string} who @param {string} number */
    const link = (className, who, number) => {
      const call = element('span', { class: 'bel' }, TEXT.call);
      return element(
        'a',
        { class: `tel ${className}`, href: telephoneLink(number) },
        element('small', {}, who),
        ' ',
        element('span', {}, call, numberText(number)),
      );
    };
    return element('div', { class: 'numbers' }, link('danger', TEXT.danger, EMERGENCY), link('', TEXT.team, TEAM));
  }

  /** Whether most of a node lies below another. @param {Element} above @param {Element | null} node */
  function covers(above, node) {
    if (!node || node === document.body) return false;
    const a = above.getBoundingClientRect();
    const b = node.getBoundingClientRect();
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return width > 0 && height > 0 && width * height > (b.width * b.height) / 2;
  }

  /**
   * The top of the highest thing of the page in this place that somebody may have to reach: what has the focus, a button in
   * a bar that stays on the screen, and any button when the page cannot be scrolled further. Infinity when there is none.
   * @param {DOMRect} box @param {Element} own
   */
  function highestBelow({ left, right, top, bottom }, own) {
    const { clientHeight, scrollHeight } = document.documentElement;
    const atEnd = scrollY + clientHeight >= scrollHeight - 1;
    let highest = Infinity;
    for (let x = left; x < right; x += 16) {
      for (const y of [top, (top + bottom) / 2, bottom - 1]) {
        for (const node of document.elementsFromPoint(x, y)) {
          const control = (node.shadowRoot?.elementFromPoint(x, y) ?? node).closest(CONTROLS);
          if (node === own || !control) continue;
          /** @type {Element | null} */
          let bar = node;
          while (bar && !/fixed|sticky/.test(getComputedStyle(bar).position)) bar = bar.parentElement;
          if (!bar && !atEnd && control !== document.activeElement) continue;
          // All of the bar, unless it covers the screen.
          const whole = bar && bar.clientHeight < clientHeight / 2 ? bar : control;
          highest = Math.min(highest, whole.getBoundingClientRect().top);
        }
      }
    }
    return highest;
  }

  /** @param {number} tooMuch */
  const tooLong = (tooMuch) =>
    `Uw bericht is ${tooMuch} ${tooMuch === 1 ? 'teken' : 'tekens'} te lang voor één antwoord. U kunt het wel sturen.`;

  /** @param {string} url */
  function leavePage(url) {
    try {
      // The next site is not told where the visitor came from.
      document.head?.append(element('meta', { name: 'referrer', content: 'no-referrer' }));
      // In a frame the whole page must go. replace(): the Back button does not come back here.
      const top = window.top ?? window;
      for (const page of [window, top]) {
        try {
          // The next page may be slow: until it is there the tab already has its name.
          page.document.title = new URL(url).hostname;
        } catch {
          // A frame cannot name the tab of another site.
        }
      }
      top.location.replace(url);
    } catch {
      // The page around the frame does not let us go: then at least nothing is left inside.
      location.replace('about:blank');
    }
  }

  /** @param {number} minutes */
  const lasts = (minutes) =>
    `Komt er ${minutes} minuten geen bericht van u? Dan vergeet de assistent het gesprek. Wij waarschuwen u kort daarvoor.`;

  // A page may write the element and name the server in the tag.
  const namedInTag = () => webAddress(script?.getAttribute('data-server') ?? null);

  const serverOfScript = () => namedInTag() || new URL('.', ownAddress || document.baseURI).href;

  // ---------------------------------------------------------------------------------------------------- the element

  // One button at the bottom right is enough: a second element on the page stays empty.
  /** @type {WeerbaarChat | null} */
  let launcherOwner = null;
  /** A chat whose element was taken away. The next element shows it. @type {Chat | null} */
  let waiting = null;

  /** @implements {WeerbaarChatElement} */
  class WeerbaarChat extends HTMLElement {
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
      if (this.getAttribute('mode') !== 'page') {
        // What the host wrote goes before what we put there ourselves.
        if (launcherOwner === inserted && inserted !== this) inserted?.remove();
        if (launcherOwner) return;
        launcherOwner = this;
      }
      if (!SERVED_NAME.test(ownAddress) && !webAddress(this.getAttribute('server')) && !namedInTag()) {
        console.error(`<${NAME}> does not know its server: set the attribute server="https://…/webhooks/web".`);
      }
      this.#chat = waiting ?? new Chat();
      waiting = null;
      this.#chat.mount(this, this.#root);
    }

    disconnectedCallback() {
      if (launcherOwner === this) launcherOwner = null;
      if (!this.#chat) return;
      this.#chat.unmount();
      if (waiting) {
        waiting.end();
        removeEventListener('pagehide', waiting.end);
      }
      waiting = this.#chat;
      this.#chat = null;
      setTimeout(comeBack);
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

  // ---------------------------------------------------------------------------------------------------- start

  /** What we put on the page ourselves. @type {WeerbaarChat | null} */
  let inserted = null;
  let timesBack = 0;
  let lastBack = 0;

  /** A page with only our script tag gets the element too. */
  function insertElement() {
    if (document.querySelector(NAME)) return;
    if (!script) {
      console.info(`<${NAME}> can be used. Put it on the page yourself: it does not come by itself from a module.`);
      return;
    }
    if (!inserted) {
      inserted = /** @type {WeerbaarChat} */ (document.createElement(NAME));
      for (const name of ATTRIBUTES) {
        const value = script.getAttribute(`data-${name}`);
        if (value !== null) inserted.setAttribute(name, value);
      }
    }
    document.body.append(inserted);
  }

  /** The host took an element away. */
  function comeBack() {
    for (const chat of document.querySelectorAll(NAME)) /** @type {WeerbaarChat} */ (chat).connectedCallback();
    if (!script || !document.body) return;
    // A host that takes it away each time has its way.
    if (Date.now() - lastBack > COMES_BACK_WITHIN) timesBack = 0;
    lastBack = Date.now();
    if (++timesBack <= COMES_BACK_AT_MOST) insertElement();
  }

  customElements.define(NAME, WeerbaarChat);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', insertElement);
  else insertElement();
})();
