// Built by esbuild from the modules in widget/src: npm run build --prefix widget. Change those, not this file.
(() => {
"use strict";

// src/dom.js
var ICONS = {
  warning: "M12 3 2 21h20L12 3zm0 7v5m0 2.5v.5",
  phone: "M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a3 3 0 0 1-3 3A16 16 0 0 1 3 6a3 3 0 0 1 3-3z",
  talk: "M3 4h18v13H11l-5 4v-4H3z"
};
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
function button(text, className, onClick) {
  const node = element("button", { type: "button", class: className }, text);
  node.addEventListener("click", onClick);
  return node;
}
var hidden = (text) => element("span", { class: "hidden" }, text);
function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// src/contacts.js
var EMERGENCY = "112";
var SUICIDE_PREVENTION = "113";
var TEAM = "070-3738314";
var CAPTIONS = {
  [EMERGENCY]: "Noodnummer, bij gevaar",
  [SUICIDE_PREVENTION]: "113 Zelfmoordpreventie luistert, dag en nacht",
  "09008844": "Politie, geen spoed",
  "0703738314": "Ondersteuningsteam Weerbaar Bestuur, vertrouwelijk"
};
var PHONE = String.raw`\b11[23]\b(?![.,]?\d)|\b0[89]00(?:[ -]?\d){4,7}\b|\b0(?:[ –-]{0,3}\d){9}\b`;
var digits = (number) => number.replace(/\D/g, "");
var isSameNumber = (one, other) => digits(one) === digits(other);
function telephoneLink(number) {
  const bare = digits(number);
  return `tel:${/^0[^89]\d{8}$/.test(bare) ? `+31${bare.slice(1)}` : bare}`;
}
var spaced = (number) => number.replace(/^(\d{3})-?(\d{3})(\d\d)(\d\d)$/, "$1 - $2 $3 $4");

// src/answer.js
function readAnswer(reply) {
  const messages = reply?.messages;
  if (!Array.isArray(messages)) throw new Error("no messages");
  const answer = { messages: messages.map(readMessage), failure: reply.failure === true };
  if (!answer.messages.some(({ text }) => text)) throw new Error("empty answer");
  return answer;
}
function readMessage(raw) {
  if (typeof raw?.text !== "string") throw new Error("message without text");
  const buttons = Array.isArray(raw.buttons) ? raw.buttons : [];
  return {
    text: raw.text.trim(),
    source: typeof raw.source === "string" ? raw.source : null,
    buttons: buttons.filter((b) => typeof b?.title === "string" && typeof b.payload === "string"),
    card: readCard(raw.card),
    lang: /^[a-z]{2}$/.test(raw.lang) ? raw.lang : "nl",
    vote: typeof raw.vote === "string" ? raw.vote : ""
  };
}
function readCard(raw) {
  if (!["acuut", "ernstig", "zorg"].includes(raw?.ernst)) return null;
  return {
    ernst: raw.ernst,
    telefoon: /^[\d -]{3,20}$/.test(raw.telefoon) ? raw.telefoon : TEAM,
    adviseur: typeof raw.adviseur === "string" ? raw.adviseur : null
  };
}
var isSerious = ({ card }) => Boolean(card && card.ernst !== "zorg");
function splitQuestion(message) {
  const [, text, question] = /^(.*?)\n\s*\n([^\n]*\?[^\n]*)$/s.exec(message.text) ?? [];
  return question && message.buttons.length && isSerious(message) ? { text, question } : { text: message.text, question: "" };
}
var choicesBelow = (messages) => messages.flatMap((message) => isSerious(message) ? [] : message.buttons);
var saysOf = (choices) => choices.map(({ title, payload }) => ({ text: title, payload }));

// src/texts.js
var TEXT = {
  title: "Hulp bij dreiging",
  danger: "Nu gevaar?",
  team: "Ondersteuningsteam",
  call: "Bel ",
  exit: "Snel weg",
  wipe: "Wis gesprek",
  close: "Sluit",
  log: "Gesprek",
  input: "Typ uw bericht",
  send: "Stuur",
  you: "U zei: ",
  bot: "Assistent zei: ",
  source: "Bron: ",
  newWindow: "opent in een nieuw venster",
  typing: "Assistent schrijft…",
  wait: "De assistent is nog bezig. Uw tekst blijft staan.",
  wiped: "Het gesprek is gewist.",
  wipedHere: "Hier is het gesprek gewist. Op de server is dat nog niet zeker. Daar verdwijnt het binnen een half uur.",
  renewed: "De assistent is het vorige gesprek vergeten. Er begint een nieuw gesprek.",
  endsSoon: "Binnen 2 minuten vergeet de assistent dit gesprek. Wilt u doorgaan?",
  goOn: "Doorgaan",
  goesOn: "Het gesprek gaat door.",
  notSure: "Dat lukte niet. Probeer het nog eens, of stuur een bericht.",
  forgotten: "De assistent is dit gesprek vergeten. Wat hierboven staat, ziet u alleen nog op dit scherm. Typt u weer iets? Dan begint een nieuw gesprek.",
  unread: "1 nieuw antwoord",
  leaving: "U verlaat deze pagina.",
  failed: "Er gaat iets mis.",
  offline: "Er gaat iets mis. Misschien bent u offline.",
  unanswered: "Niet beantwoord",
  callInstead: "Bel bij gevaar 112. Of bel het Ondersteuningsteam Weerbaar Bestuur.",
  retry: "Opnieuw proberen",
  choices: "U kunt kiezen:",
  vote: "Helpt dit antwoord?",
  helps: "Dit helpt mij",
  helpsNot: "Dit helpt mij niet",
  voted: "Dank u. We tellen alleen het aantal.",
  intro: `U praat met een computer, niet met een mens, en we bewaren dit gesprek niet. Voor een mens belt u het Ondersteuningsteam Weerbaar Bestuur: ${TEAM}.`,
  moreQuestion: "Goed om te weten",
  moreAnswer: [
    "- Deze hulp is voor politici in gemeenten en provincies en voor de mensen om hen heen. Bij bedreiging, intimidatie of een onveilig gevoel.",
    "- De assistent kan fouten maken. Wat u het Ondersteuningsteam vertelt, is vertrouwelijk.",
    "- Laadt u de pagina opnieuw? Dan begint u opnieuw. Op een andere pagina soms ook.",
    "- Noem geen namen of adressen.",
    "- Kijkt iemand mee op uw telefoon of computer? Gebruik een ander apparaat."
  ].join("\n"),
  exitQuestion: "Wat doet ‘Snel weg’?",
  exitAnswer: "De knop wist het gesprek en opent meteen een andere website.\n\nLet op: in de geschiedenis van uw browser blijft staan dat u op deze pagina was. Een telefoontje blijft staan in de lijst met gesprekken van uw telefoon.",
  exitKey: "Snel weg kan ook zo: druk drie keer snel op de toets Shift.",
  privacy: "Lees hoe we met uw gegevens omgaan",
  accessibility: "Lees hoe toegankelijk deze chat is",
  startersLabel: "Kies een vraag of typ zelf:",
  starters: ["Ik word bedreigd", "Ik voel me onveilig", "Wat doet het Ondersteuningsteam?", "Hoe doe ik aangifte?"],
  cardSuicide: "Praat nu met iemand",
  cardAcute: "Bel nu 112",
  cardConcern: "Wilt u erover praten?",
  cardTeam: "Bel het Ondersteuningsteam",
  cardOther: "Bel voor hulp",
  callQuestion: ["Wat gebeurt er als u ", " belt?"],
  // From the brochure of the support team. Do not add opening hours or response times: there is no source for them.
  callAnswer: "U krijgt een contactpersoon aan de lijn. Die denkt met u mee, geeft advies en schakelt anderen in als dat nodig is. Het gesprek is vertrouwelijk.",
  copy: "Kopieer ",
  copied: " is gekopieerd.",
  notCopied: "Kopiëren lukt hier niet. Het nummer is geselecteerd: "
};
var lasts = (minutes) => `Komt er ${minutes} minuten geen bericht van u? Dan vergeet de assistent het gesprek. Wij waarschuwen u kort daarvoor.`;
var tooLong = (excess) => `Uw bericht is ${excess} ${excess === 1 ? "teken" : "tekens"} te lang voor één antwoord. U kunt het wel sturen.`;
var left = (characters) => `Nog ${characters} tekens`;
function askForAdviser(adviser) {
  if (/^netwerk/i.test(adviser)) return `Vraag naar de adviseur ${adviser}`;
  const article = /vereniging/i.test(adviser) ? " de" : /genootschap/i.test(adviser) ? " het" : "";
  return `Vraag naar de adviseur van${article} ${adviser}`;
}

// src/call-card.js
function cardNumbers(card, text) {
  const named = text.match(new RegExp(PHONE, "g")) ?? [];
  const found = named.map((number) => digits(number) === "08000113" ? SUICIDE_PREVENTION : number);
  if (card.ernst === "acuut" && ![EMERGENCY, SUICIDE_PREVENTION].includes(found[0])) found.unshift(EMERGENCY);
  found.push(card.telefoon);
  return found.filter((number, at) => found.findIndex((other) => isSameNumber(other, number)) === at);
}
function cardLook({ ernst, telefoon }, first) {
  if (first === SUICIDE_PREVENTION) return { className: "ernstig", iconName: "talk", heading: TEXT.cardSuicide };
  if (ernst === "acuut") return { className: "acuut", iconName: "warning", heading: TEXT.cardAcute };
  if (ernst === "zorg") return { className: "zorg", iconName: "talk", heading: TEXT.cardConcern };
  const heading = isSameNumber(first, telefoon) ? TEXT.cardTeam : TEXT.cardOther;
  return { className: "ernstig", iconName: "phone", heading };
}

// src/spoken.js
function spokenOf(messages) {
  const texts = messages.map((message) => ({ text: splitQuestion(message).text, lang: message.lang }));
  const onCards = messages.filter(isSerious).map((message) => ({ ...splitQuestion(message), buttons: message.buttons }));
  const groups = [...onCards, { question: "", buttons: choicesBelow(messages) }];
  const choices = groups.filter(({ buttons }) => buttons.length).map(({ question, buttons }) => `${question || TEXT.choices} ${buttons.map(({ title }) => title).join(", ")}`);
  return [...texts, ...choices.map((text) => ({ text, lang: "nl" }))];
}
function alarmOf(messages) {
  for (const { card, text } of messages) {
    if (card?.ernst === "acuut") return cardLook(card, cardNumbers(card, text)[0]).heading;
  }
  return "";
}
var withoutDashes = (text) => text.replace(/^- /gm, "");

// src/announcer.js
var STAYS = 2e3;
var regions = () => ["polite", "assertive"].map((live) => element("div", { class: "hidden", "aria-live": live }));
var Announcer = class {
  /** For while the panel is in sight. */
  inside = regions();
  /** For while it is closed: what is inside a closed dialog is not read out. */
  outside = regions();
  #isInSight;
  /** @param {() => boolean} isInSight whether the panel is open, or is a page of its own */
  constructor(isInSight) {
    this.#isInSight = isInSight;
  }
  /** @param {Spoken[]} texts @param {boolean} [urgent] whether it interrupts what is being read */
  announce(texts, urgent = false) {
    const region = (this.#isInSight() ? this.inside : this.outside)[urgent ? 1 : 0];
    const spoken = texts.filter(({ text }) => text);
    const nodes = spoken.map(({ text, lang = "nl" }) => element("p", { lang }, withoutDashes(text)));
    region.append(...nodes);
    setTimeout(() => nodes.forEach((node) => node.remove()), STAYS);
  }
  /** @param {string} text @param {boolean} [urgent] */
  say = (text, urgent) => this.announce([{ text }], urgent);
  clear() {
    for (const region of [...this.inside, ...this.outside]) region.replaceChildren();
  }
};

// src/overlap.js
var CONTROLS = "a, button, input, select, textarea, summary, iframe, [role=button]";
function covers(above, node) {
  if (!node || node === document.body) return false;
  const a = above.getBoundingClientRect();
  const b = node.getBoundingClientRect();
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 && width * height > b.width * b.height / 2;
}
function highestBelow({ left: left2, right, top, bottom }, own) {
  let highest = Infinity;
  for (let x = left2; x < right; x += 16) {
    for (const y of [top, (top + bottom) / 2, bottom - 1]) {
      for (const node of document.elementsFromPoint(x, y)) {
        const control = (node.shadowRoot?.elementFromPoint(x, y) ?? node).closest(CONTROLS);
        if (node !== own && control) highest = Math.min(highest, topOfObstacle(node, control));
      }
    }
  }
  return highest;
}
function topOfObstacle(node, control) {
  const { clientHeight, scrollHeight } = document.documentElement;
  const bar = fixedAround(node);
  const atEnd = scrollY + clientHeight >= scrollHeight - 1;
  if (!bar && !atEnd && control !== document.activeElement) return Infinity;
  const whole = bar && bar.clientHeight < clientHeight / 2 ? bar : control;
  return whole.getBoundingClientRect().top;
}
function fixedAround(node) {
  let bar = node;
  while (bar && !/fixed|sticky/.test(getComputedStyle(bar).position)) bar = bar.parentElement;
  return bar;
}

// src/pressed-pointer.js
var CLICK_COMES_WITHIN = 400;
var PressedPointer = class {
  #timer = 0;
  #onLetGo = () => {
  };
  isDown = false;
  /** @param {AbortSignal} signal @param {() => void} onLetGo */
  listen(signal, onLetGo) {
    this.isDown = false;
    this.#onLetGo = onLetGo;
    const early = { signal, capture: true };
    addEventListener("pointerdown", this.#press, early);
    addEventListener("pointerup", this.#letGoLater, early);
    addEventListener("pointercancel", this.#letGoLater, early);
    addEventListener("click", this.#letGo, early);
    addEventListener("keydown", this.#letGo, early);
    addEventListener("pointermove", ({ buttons }) => void (buttons || this.#letGo()), early);
  }
  #press = () => {
    clearTimeout(this.#timer);
    this.isDown = true;
  };
  #letGo = () => {
    clearTimeout(this.#timer);
    if (this.isDown) this.#onLetGo();
    this.isDown = false;
  };
  #letGoLater = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#letGo, CLICK_COMES_WITHIN);
  };
};

// src/beside-page.js
var MAKE_WAY_AFTER = 100;
var DISTANCE = 8;
var BesidePage = class {
  #mount;
  #panel;
  #pointer = new PressedPointer();
  #timer = 0;
  /** @param {Mount} mount @param {Panel} panel */
  constructor(mount, panel) {
    this.#mount = mount;
    this.#panel = panel;
  }
  /** Watches what is done on the page, and what comes and goes there, such as a cookie banner. @param {AbortSignal} signal */
  watch(signal) {
    const observer = new MutationObserver(this.#soon);
    const attributeFilter = ["class", "style", "hidden", "open"];
    observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter });
    signal.addEventListener("abort", () => observer.disconnect());
    this.#pointer.listen(signal, this.#soon);
    for (const name of ["resize", "scroll", "load"]) addEventListener(name, this.#soon, { signal });
    document.addEventListener("focusin", () => this.makeWay(), { signal });
    document.addEventListener("focusin", this.#soon, { signal });
    this.#soon();
  }
  makeWay() {
    if (this.#pointer.isDown) return;
    this.#moveFromFocus();
    this.#raiseLauncher();
  }
  #soon = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.makeWay(), MAKE_WAY_AFTER);
  };
  /** The panel moves to the other side when it covers the focus of the page. */
  #moveFromFocus() {
    const { isOpen, isCover, node } = this.#panel;
    const focused = document.activeElement;
    if (!isOpen || isCover || focused === this.#mount.host || !covers(node, focused)) return;
    node.parentElement?.classList.toggle("aside");
    if (covers(node, focused)) this.#panel.close();
  }
  #raiseLauncher() {
    const { launcher } = this.#panel;
    launcher.style.bottom = "";
    for (let tries = 0; tries < 3 && !launcher.hidden; tries++) {
      const box = launcher.getBoundingClientRect();
      const bottom = document.documentElement.clientHeight - highestBelow(box, this.#mount.host) + DISTANCE;
      if (bottom < 0 || bottom + box.height > innerHeight) return;
      launcher.style.bottom = `${bottom}px`;
    }
  }
};

// src/message-length.js
var COUNTER_FROM = 200;
var MOST_SENT = 2e4;
var excessOf = (text, most) => [...text.trim()].length - most;
function counterText(excess) {
  if (excess > 0) return tooLong(excess);
  return -excess < COUNTER_FROM ? left(-excess) : "";
}
var bothEnds = (text) => text.length <= MOST_SENT ? text : `${text.slice(0, MOST_SENT / 2 - 1)}
${text.slice(-MOST_SENT / 2)}`;

// src/composer.js
var Composer = class {
  #mostCharacters;
  #counter = element("p", { id: "counter", class: "counter" });
  #submit = element("button", { type: "submit", class: "main", part: "send" }, TEXT.send);
  input = element("textarea", {
    id: "input",
    placeholder: TEXT.input,
    part: "input",
    rows: "1",
    dir: "auto",
    "aria-describedby": "counter",
    autocomplete: "off",
    autocapitalize: "sentences",
    // The better spelling check of a browser sends the text to its maker.
    spellcheck: "false",
    enterkeyhint: "enter"
  });
  form;
  /** @param {() => void} send @param {() => number} mostCharacters that the server answers in one message */
  constructor(send, mostCharacters) {
    this.#mostCharacters = mostCharacters;
    const label = element("label", { for: "input" }, TEXT.input);
    const row = element("div", { class: "row" }, this.input, this.#submit);
    this.form = element("form", { class: "compose" }, label, row, this.#counter);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => {
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
    this.#submit.setAttribute("aria-disabled", String(isBusy));
    if (!isBusy) this.changed();
  }
  /** Fits the height and the counter to the text. */
  changed() {
    this.input.style.height = "auto";
    this.input.style.height = this.input.value ? `${this.input.scrollHeight + 4}px` : "";
    const { excess } = this;
    this.note(counterText(excess));
    this.#counter.classList.toggle("over", excess > 0);
    if (excess > 0) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
};
function sendsByEnter({ key, code, shiftKey, ctrlKey, metaKey, isComposing }) {
  if (key !== "Enter" || shiftKey || isComposing) return false;
  return !matchMedia("(pointer: coarse)").matches && Boolean(code) || ctrlKey || metaKey;
}

// src/session-time.js
var MINUTES = 30;
var WARN_BEFORE = 12e4;
var warnBefore = (minutes) => Math.min(WARN_BEFORE, minutes * 3e4);
function phaseAt(now, endsAt, before) {
  const left2 = endsAt - now;
  if (!endsAt || left2 > before) return "going on";
  return left2 > 0 ? "ends soon" : "forgotten";
}

// src/connection.js
var FORGET_TIMEOUT = 5e3;
var Refused = class extends Error {
  /** @param {string} code @param {string} sentence */
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
};
var Connection = class {
  #base;
  #timeout;
  #token = "";
  #said = 0;
  #minutes = MINUTES;
  /** @type {AbortController | undefined} */
  #turn;
  maxCharacters = 2e3;
  /** When the server forgets, as Date.now(), which also counts the sleep of a laptop; 0: there is nothing to forget. */
  endsAt = 0;
  /** @param {string} base @param {number} timeout */
  constructor(base, timeout) {
    this.#base = base;
    this.#timeout = timeout;
  }
  /** How long before the end to warn, in milliseconds. */
  get warnBefore() {
    return warnBefore(this.#minutes);
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
    const turn = this.#turn = new AbortController();
    const timer = setTimeout(() => turn.abort(), this.#timeout);
    const id = say.id ??= String(++this.#said);
    let renewed = false;
    try {
      if (this.#token) {
        try {
          return await this.#message(say.payload ? { payload: say.payload, id } : { text: say.text, id }, turn.signal);
        } catch (error) {
          if (!(error instanceof Refused && error.code === "unknown_session")) throw error;
        }
        renewed = true;
      }
      await this.#start(turn.signal);
      if (renewed) onRenewed();
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
    const asked = this.#fetchTwice("/session", { method: "DELETE", headers });
    const wiped = asked.then(({ ok }) => ok, () => false);
    const tooLate = new Promise((resolve) => {
      setTimeout(resolve, FORGET_TIMEOUT, false);
    });
    return Promise.race([wiped, tooLate]);
  }
  /** Lets the minutes begin again. @returns {Promise<boolean>} whether there still was a session */
  async goOn() {
    const asked = Date.now();
    const request = { method: "POST", headers: this.#authorization, signal: abortAfter(this.#timeout) };
    const response = await this.#fetchTwice("/session/keep", request);
    if (response.status === 401) return false;
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (this.#token) this.#lasts(asked);
    return true;
  }
  get #authorization() {
    return { Authorization: `Bearer ${this.#token}` };
  }
  #drop() {
    this.#token = "";
    this.endsAt = 0;
  }
  /** From when we asked: rather warn too early than too late. @param {number} asked */
  #lasts(asked) {
    this.endsAt = asked + this.#minutes * 6e4;
  }
  /** The same from a page that goes away: a request that outlives it, and that needs no leave of another origin. */
  leave() {
    this.#turn?.abort();
    const token = this.#token;
    this.#drop();
    if (!token) return;
    if ("keepalive" in Request.prototype) {
      const request = (
        /** @type {RequestInit} */
        { method: "POST", mode: "no-cors", body: token, keepalive: true }
      );
      this.#fetch("/session/end", request).catch(() => {
      });
    } else {
      navigator.sendBeacon(`${this.#base}/session/end`, token);
    }
  }
  /** @param {AbortSignal} signal */
  async #start(signal) {
    const asked = Date.now();
    const reply = await readReply(await this.#fetchTwice("/session", { method: "POST", signal }));
    if (typeof reply.session !== "string" || !reply.session) throw new Error("no session");
    this.#token = reply.session;
    if (reply.minutes > 0) this.#minutes = reply.minutes;
    this.#lasts(asked);
    if (reply.max_characters > 0) this.maxCharacters = reply.max_characters;
  }
  /** @param {{text?: string, payload?: string, id: string}} body @param {AbortSignal} signal */
  async #message(body, signal) {
    const asked = Date.now();
    const text = body.text && bothEnds(body.text);
    const answer = readAnswer(await readReply(await this.#post("/message", { ...body, text }, signal)));
    if (!answer.failure) this.#lasts(asked);
    return answer;
  }
  /**
   * Says whether an answer helps.
   * @param {string} vote the name of the answer
   * @param {boolean} helps
   * @returns {Promise<boolean>} whether it was counted
   */
  vote = (vote, helps) => this.#post("/vote", { vote, helps }, abortAfter(this.#timeout)).then(({ ok }) => ok, () => false);
  /** @param {string} path @param {object} body @param {AbortSignal} signal */
  #post(path, body, signal) {
    const headers = { ...this.#authorization, "Content-Type": "application/json" };
    return this.#fetchTwice(path, { method: "POST", headers, body: JSON.stringify(body), signal });
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
    return fetch(this.#base + path, { ...request, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
  }
};
function abortAfter(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}
async function readReply(response) {
  const reply = await response.json();
  if (response.ok) return reply;
  const understood = response.status < 500 || response.status === 503;
  if (understood && typeof reply?.error === "string" && typeof reply.message === "string") {
    throw new Refused(reply.error, reply.message);
  }
  throw new Error(`status ${response.status}`);
}

// src/text-format.js
var MAIL = String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`;
var WEB = String.raw`\b(?:https?:\/\/|www\.)[^\s<>"']*[^\s<>"'.,;:!?)\]]`;
var LINKS = new RegExp(`(?<web>${WEB})|(?<mail>${MAIL})|(?<phone>${PHONE})`, "gi");
var COMPOUND = /(onder|\p{L}{4}(?:ings|heids|ders|wens|ties|moord))(?=\p{L}{4})/giu;
function blocksOf(text) {
  const blocks = [];
  let isNew = true;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*- (.*)/.exec(line);
    const kind = item ? "list" : "paragraph";
    if (line.trim()) {
      if (isNew || blocks[blocks.length - 1].kind !== kind) blocks.push({ kind, lines: [] });
      blocks[blocks.length - 1].lines.push(item ? item[1] : line);
    }
    isNew = !line.trim();
  }
  return blocks;
}
function piecesOf(line) {
  const pieces = [];
  let end = 0;
  for (const match of line.matchAll(LINKS)) {
    const start = (
      /** @type {number} */
      match.index
    );
    if (start > end) pieces.push(plain(line.slice(end, start)));
    pieces.push(linkOf(
      /** @type {Record<string, string | undefined>} */
      match.groups
    ));
    end = start + match[0].length;
  }
  return end < line.length ? [...pieces, plain(line.slice(end))] : pieces;
}
var plain = (text) => ({ kind: "text", text, href: "" });
function linkOf({ web, mail, phone = "" }) {
  if (web) return { kind: "web", text: web, href: /^www/i.test(web) ? `https://${web}` : web };
  if (mail) return { kind: "mail", text: mail, href: `mailto:${mail}` };
  return { kind: "phone", text: phone, href: telephoneLink(phone) };
}
var compoundParts = (text) => text.replace(COMPOUND, "$1\0").split("\0");

// src/text-rendering.js
var numberText = (number) => element("span", { class: "number", translate: "no" }, spaced(number));
var hyphenated = (text) => compoundParts(text).flatMap((part, at) => [...at ? [element("span", { class: "shy" })] : [], new Text(part)]);
var webLink = (href, text) => (
  // What opens is not said inside the link: it would be copied along.
  element("a", { href, rel: "noreferrer noopener", target: "_blank", "aria-describedby": "new-window" }, text)
);
function renderPiece({ kind, text, href }) {
  if (kind === "web") return [webLink(href, text)];
  if (kind === "mail") return [element("a", { href }, text)];
  if (kind === "phone") return [element("a", { href, class: "number", dir: "ltr", translate: "no" }, text)];
  return hyphenated(text);
}
var renderLine = (line) => piecesOf(line).flatMap(renderPiece);
function renderText(text) {
  const fragment = new DocumentFragment();
  for (const { kind, lines } of blocksOf(text)) {
    const rendered = lines.map(renderLine);
    const nodes = kind === "list" ? rendered.map((line) => element("li", {}, ...line)) : rendered.flatMap((line, at) => at ? [element("br"), ...line] : line);
    fragment.append(element(kind === "list" ? "ul" : "p", {}, ...nodes));
  }
  return fragment;
}
function numbers() {
  const link = (className, who, number) => {
    const call = element("span", {}, element("span", { class: "bel" }, TEXT.call), numberText(number));
    const attributes = { class: `tel ${className}`, href: telephoneLink(number) };
    return element("a", attributes, element("small", {}, who), " ", call);
  };
  return element("div", { class: "numbers" }, link("danger", TEXT.danger, EMERGENCY), link("", TEXT.team, TEAM));
}

// src/card-rendering.js
function renderCard({ card, text }, announce, choices) {
  const numbers2 = cardNumbers(card, text);
  const { className, iconName, heading } = cardLook(card, numbers2[0]);
  const box = element("div", { class: `card ${className}`, role: "group", "aria-label": heading });
  box.append(element("h3", {}, icon(iconName), element("span", {}, ...hyphenated(heading))));
  for (const number of numbers2) {
    box.append(callButton(number));
    if (number !== card.telefoon) continue;
    if (card.adviseur) box.append(element("p", {}, ...hyphenated(`${askForAdviser(card.adviseur)}.`)));
    box.append(choices);
  }
  if (numbers2.includes(TEAM)) box.append(whatHappens());
  const result = element("p");
  const copies = numbers2.map((number) => copyButton(number, result, announce));
  box.append(element("div", { class: "copy" }, ...copies, result));
  return box;
}
function callButton(number) {
  const label = element("span", {}, icon("phone"), TEXT.call, numberText(number));
  const caption = CAPTIONS[digits(number)];
  const link = element("a", { class: "call", href: telephoneLink(number) }, label);
  if (caption) link.append(" ", element("small", {}, ...hyphenated(caption)));
  return link;
}
function whatHappens() {
  const [before, after] = TEXT.callQuestion;
  const question = element("summary", {}, before, numberText(TEAM), after);
  return element("details", {}, question, element("p", {}, TEXT.callAnswer));
}
function copyButton(number, result, announce) {
  const copy = button(TEXT.copy, "plain", async () => {
    const text = numberText(number);
    try {
      await navigator.clipboard.writeText(number);
      result.replaceChildren(text, TEXT.copied);
    } catch {
      result.replaceChildren(TEXT.notCopied, text);
      getSelection()?.selectAllChildren(text);
    }
    announce(result.textContent ?? "");
  });
  copy.append(numberText(number));
  return copy;
}

// src/message-rendering.js
function renderChoices(label, says, say) {
  const box = element("div", { class: "choices", role: "group", "aria-label": label || TEXT.choices });
  if (label) box.append(element("p", { "aria-hidden": "true" }, label));
  for (const choice of says) box.append(button(choice.text, "", () => say(choice)));
  return box;
}
function renderSaid(text) {
  const bubble = element("div", { class: "bubble", dir: "auto" }, text);
  return element("li", { class: "mine", tabindex: "-1" }, hidden(TEXT.you), bubble);
}
function renderVote(name, { announce, vote }) {
  const result = element("p");
  const box = element("div", { class: "vote", role: "group", "aria-label": TEXT.vote });
  for (const helps of [true, false]) {
    const press = (is) => choice.setAttribute("aria-pressed", String(is));
    const choice = button(helps ? TEXT.helps : TEXT.helpsNot, "plain", async () => {
      if (box.querySelector("[aria-pressed=true]")) return;
      press(true);
      const isCounted = await vote(name, helps);
      press(isCounted);
      result.textContent = isCounted ? TEXT.voted : TEXT.notSure;
      announce(result.textContent);
    });
    press(false);
    box.append(choice);
  }
  box.append(result);
  return box;
}
function renderMessage(message, actions) {
  const { say, announce } = actions;
  const { card, lang, source } = message;
  const { text, question } = splitQuestion(message);
  const shown = element("div", { class: "text", lang, dir: lang === "ar" ? "rtl" : "ltr" }, renderText(text));
  const bubble = element("div", { class: "bubble" }, shown);
  bubble.hidden = !text;
  if (source) bubble.append(element("p", { class: "source" }, TEXT.source, ...renderLine(source)));
  const item = element("li", { class: "bot", tabindex: "-1" }, hidden(TEXT.bot), bubble);
  if (card) {
    const hasChoices = isSerious(message) && message.buttons.length;
    const choices = hasChoices ? renderChoices(question, saysOf(message.buttons), say) : "";
    const box = renderCard({ card, text: message.text }, announce, choices);
    if (isSerious(message)) bubble.before(box);
    else bubble.after(box);
  }
  if (message.vote) item.append(renderVote(message.vote, actions));
  return item;
}
function renderFailure(title, advice, retry) {
  const block = element("div", { class: "failure" }, element("h3", {}, icon("warning"), title));
  block.append(element("div", { class: "text" }, renderText(advice)), numbers());
  if (retry) block.append(button(TEXT.retry, "main", retry));
  return element("li", { class: "unanswered", tabindex: "-1" }, block);
}
var renderNote = (text) => element("li", { class: "note" }, text);

// src/web-address.js
function webAddress(value, base = document.baseURI) {
  try {
    const url = new URL(value ?? "", base);
    return value && /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// src/script-tag.js
var SERVED_NAME = /\/widget(?:-\w+)?\.js(?:[?#]|$)/;
var OWN_NAME = /\/(?:widget|weerbaar-chat)[\w.-]*\.m?js(?:[?#]|$)/;
var page = typeof document === "undefined" ? null : document;
var current = (
  /** @type {HTMLScriptElement | null | undefined} */
  page?.currentScript
);
var ownAddress = current?.src || /https?:\/\/[^\s)]+?(?=:\d+:\d+)/.exec(new Error().stack ?? "")?.[0] || "";
var script = current ?? [...page?.scripts ?? []].find(({ src }) => src === ownAddress && OWN_NAME.test(src));
var isServed = SERVED_NAME.test(ownAddress);
var namedInTag = () => webAddress(script?.getAttribute("data-server") ?? null);
var serverOfScript = () => namedInTag() || new URL(".", ownAddress || document.baseURI).href;

// src/conversation.js
var ANSWER_TIMEOUT = 15e3;
var TYPING_DELAY = 1e3;
var Conversation = class {
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
    const turn = this.#turn = {};
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
    if (composer.text === say.text) composer.text = "";
    const mine = renderSaid(say.text);
    log.list.append(mine);
    if (focused && !focused.isConnected) mine.focus({ preventScroll: true });
    log.scrollTo(mine);
    return mine;
  }
  #configure() {
    const { mount, connection } = this.#parts;
    const server = webAddress(mount.host.getAttribute("server")) || serverOfScript();
    const timeout = Number(mount.host.getAttribute("timeout")) || ANSWER_TIMEOUT;
    connection.configure(server.replace(/\/+$/, ""), timeout);
  }
  /** @param {Say} say @param {HTMLElement} mine @param {Answer} answer */
  #showAnswer(say, mine, { messages, failure }) {
    if (failure) {
      this.#showFailure(say, mine, TEXT.failed, messages.map(({ text }) => text).join("\n\n"));
      return;
    }
    const { mount, log, announcer, connection } = this.#parts;
    const follow = log.isAtEnd;
    const actions = { say: this.send, announce: announcer.say, vote: connection.vote };
    const items = messages.map((message) => renderMessage(message, actions));
    log.list.append(...items);
    const choices = choicesBelow(messages);
    if (choices.length) items[items.length - 1].append(renderChoices("", saysOf(choices), this.send));
    const alarm = alarmOf(messages);
    this.#present(items[0], spokenOf(messages), { isUrgent: Boolean(alarm), follow: follow || Boolean(alarm), brief: alarm });
    for (const { card } of messages) {
      if (card) mount.tell("doorverwijzing", { ernst: card.ernst, adviseur: card.adviseur });
    }
  }
  /** @param {Say} say @param {HTMLElement} mine @param {unknown} error */
  #showError(say, mine, error) {
    if (error instanceof Refused) {
      this.#showFailure(say, mine, error.message, TEXT.callInstead, error.code !== "too_long");
    } else {
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
    mine.classList.add("unanswered");
    mine.append(element("p", { class: "state" }, TEXT.unanswered));
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
};

// src/first-screen.js
var details = (question, answer) => element("details", {}, element("summary", {}, question), element("div", {}, renderText(answer)));
function firstScreen({ host, exitsByKey }, say) {
  const contact = host.getAttribute("contact");
  const privacy = webAddress(host.getAttribute("privacy-url"));
  const accessibility = webAddress(host.getAttribute("accessibility-url"));
  const starters = TEXT.starters.map((text) => ({ text }));
  const screen = new DocumentFragment();
  screen.append(renderText(TEXT.intro));
  if (contact) screen.append(element("p", { class: "contact" }, ...renderLine(contact)));
  screen.append(renderChoices(TEXT.startersLabel, starters, say));
  if (exitsByKey) screen.append(element("p", {}, TEXT.exitKey));
  screen.append(element("p", {}, lasts(Number(host.getAttribute("minutes")) || MINUTES)));
  screen.append(details(TEXT.moreQuestion, TEXT.moreAnswer), details(TEXT.exitQuestion, TEXT.exitAnswer));
  if (privacy) screen.append(element("p", {}, webLink(privacy, TEXT.privacy)));
  if (accessibility) screen.append(element("p", {}, webLink(accessibility, TEXT.accessibility)));
  return screen;
}

// src/shift-presses.js
var PRESSES = 3;
var WITHIN = 2e3;
var ShiftPresses = class {
  /** When Shift alone was pressed and let go, lately. @type {number[]} */
  #times = [];
  #isAlone = false;
  /** With any other key, Shift writes a capital or is part of a shortcut. @param {KeyDown} event */
  down({ key, ctrlKey, altKey, metaKey }) {
    this.#isAlone = key === "Shift" && !ctrlKey && !altKey && !metaKey;
    if (!this.#isAlone) this.#times = [];
  }
  /** Returns whether this completes the presses. @param {KeyUp} event */
  up({ key, timeStamp }) {
    if (key !== "Shift" || !this.#isAlone) return false;
    this.#isAlone = false;
    this.#times = [...this.#times, timeStamp].slice(-PRESSES);
    return this.#times.length === PRESSES && timeStamp - this.#times[0] <= WITHIN;
  }
  /** Begins again, say after a click: Shift and a click select text. */
  reset() {
    this.#isAlone = false;
    this.#times = [];
  }
};

// src/keyboard.js
var Keyboard = class {
  #mount;
  #panel;
  #exit;
  #shift = new ShiftPresses();
  /** From the first use on: on a page where nobody opened the chat the keys do nothing. */
  isUsed = false;
  /** @param {Mount} mount @param {Panel} panel @param {() => void} exit */
  constructor(mount, panel, exit) {
    this.#mount = mount;
    this.#panel = panel;
    this.#exit = exit;
  }
  /** May be called more than once. @param {AbortSignal} signal */
  listen(signal) {
    this.isUsed = true;
    document.addEventListener("keydown", this.#onKeyDown, { signal });
    document.addEventListener("keyup", this.#onKeyUp, { signal });
    document.addEventListener("pointerdown", this.#onPointerDown, { signal });
  }
  #onKeyDown = (event) => {
    if (event.repeat || event.isComposing) return;
    this.#shift.down(event);
    if (event.key === "Escape") this.#onEscape(event);
  };
  #onKeyUp = (event) => {
    if (this.#shift.up(event) && this.#mount.exitsByKey) this.#exit();
  };
  #onPointerDown = () => this.#shift.reset();
  /** Closes the panel; not from a field, where it ends a screen reader's forms mode. @param {KeyboardEvent} event */
  #onEscape(event) {
    if (!this.#panel.isOpen || event.defaultPrevented) return;
    const target = (
      /** @type {HTMLElement} */
      event.composedPath()[0]
    );
    const outside = event.target !== this.#mount.host;
    const field = target.isContentEditable || target.matches?.("input, textarea, select");
    if (field || outside && target.closest?.("dialog, [role=dialog], [popover]")) {
      if (!outside) event.preventDefault();
      return;
    }
    event.preventDefault();
    this.#panel.close();
  }
};

// src/log.js
var NEAR = 100;
var MARGIN = 8;
var Log = class {
  #bar;
  #input;
  intro = element("div", { class: "intro" });
  list = element("ol");
  typing = element("p", { class: "typing", hidden: "" }, TEXT.typing);
  // Silent: the announcer reads out what is new.
  node = element(
    "div",
    { class: "log", part: "log", role: "log", "aria-label": TEXT.log, "aria-live": "off", tabindex: "0" },
    this.intro,
    this.list,
    this.typing
  );
  /** @param {HTMLElement} bar above it @param {HTMLElement} input below it */
  constructor(bar, input) {
    this.#bar = bar;
    this.#input = input;
  }
  get isEmpty() {
    return !this.list.firstChild;
  }
  /**
   * Takes away the old buttons: they belong to a turn that is over, and the choice is in the log as what the user said.
   * What was said and not answered stays, unless the user says it again.
   * @param {string} text that is said now
   */
  removeOld(text) {
    for (const old of this.node.querySelectorAll(".choices, .vote, .unanswered")) {
      const said = old.querySelector(".bubble")?.textContent ?? text;
      if (!old.matches(".mine") || said === text) old.remove();
    }
  }
  clear() {
    this.list.replaceChildren();
    this.typing.hidden = true;
    this.node.scrollTop = 0;
  }
  /** Whether the user is at the end; who has scrolled up to read is left in peace. */
  get isAtEnd() {
    const last = this.typing.hidden ? this.list.lastElementChild ?? this.list : this.typing;
    return last.getBoundingClientRect().bottom - this.#sight(this.#scroller).bottom < NEAR;
  }
  scrollToLast() {
    if (this.list.lastElementChild) this.scrollTo(this.list.lastElementChild);
  }
  /** As far down as possible with the start of the node in view. @param {Element} node */
  scrollTo(node) {
    const scroller = this.#scroller;
    scroller.scrollTop += node.getBoundingClientRect().top - this.#sight(scroller).top - MARGIN;
  }
  /** What scrolls: the log, or all of the panel where there is little height. */
  get #scroller() {
    const inner = (
      /** @type {HTMLElement} */
      this.node.parentElement
    );
    return inner.scrollHeight > inner.clientHeight + 1 ? inner : this.node;
  }
  /** Where the text disappears from sight, in pixels of the window. @param {HTMLElement} scroller */
  #sight(scroller) {
    const { top, bottom } = scroller.getBoundingClientRect();
    if (scroller === this.node) return { top, bottom };
    return { top: top + this.#bar.offsetHeight, bottom: Math.min(bottom, this.#input.getBoundingClientRect().top) };
  }
};

// src/mount.js
var Mount = class {
  host = (
    /** @type {HTMLElement} */
    document.documentElement
  );
  root = (
    /** @type {ShadowRoot} */
    /** @type {unknown} */
    document
  );
  /** Whether the chat fills its element, without a button to open and close it. */
  isPage = false;
  /** @param {HTMLElement} host @param {ShadowRoot} root */
  move(host, root) {
    this.host = host;
    this.root = root;
    this.isPage = host.getAttribute("mode") === "page";
  }
  /** Whether Shift three times leaves. */
  get exitsByKey() {
    return this.host.getAttribute("exit-key") !== "off";
  }
  /** Sends an event to the host. @param {string} name @param {object} [detail] */
  tell(name, detail) {
    if (this.host.isConnected) this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }
};

// src/scroll-lock.js
var ScrollLock = class {
  /** How the page scrolled before. @type {string[] | null} */
  #before = null;
  /** @param {boolean} isOn */
  set(isOn) {
    if (isOn === Boolean(this.#before)) return;
    const { style } = document.documentElement;
    const before = [style.getPropertyValue("overflow"), style.getPropertyPriority("overflow")];
    const [value, priority] = this.#before ?? ["hidden", "important"];
    style.setProperty("overflow", value, priority);
    this.#before = isOn ? before : null;
  }
};

// src/panel.js
var Panel = class {
  #mount;
  #on;
  /** Whether the window is too small for the chat beside a page. */
  #narrow = matchMedia("(max-width: 40em), (max-height: 30em)");
  #lock = new ScrollLock();
  #badge = element("span", { class: "badge", hidden: "" });
  /** The answer that came while the panel was closed. @type {HTMLElement | null} */
  #unread = null;
  launcher = button("", "launcher", () => this.openWithFocus());
  heading = element("h2", { id: "title", tabindex: "-1", part: "title" });
  /** @type {HTMLElement} */
  node = element("section");
  /** @param {Mount} mount @param {Listeners} on */
  constructor(mount, on) {
    this.#mount = mount;
    this.#on = on;
    this.launcher.setAttribute("part", "launcher");
  }
  /**
   * Makes the panel anew, for another element. Beside a page the chat is a dialog that is not modal: the page stays in
   * reach. When it covers the screen it is modal: the browser then keeps focus and screen reader inside, and no layer of
   * the host lies over it. On its own page it is no dialog at all.
   * @param {...Node} content
   */
  build(...content) {
    const tag = this.#mount.isPage ? "section" : "dialog";
    this.node = element(tag, { class: "panel", part: "panel", "aria-labelledby": "title" }, ...content);
    this.node.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    this.node.addEventListener("close", () => {
      if (this.isOpen || !this.launcher.hidden) return;
      this.hide();
      this.#mount.tell("close");
    });
    this.launcher.hidden = false;
  }
  /** Follows the window and the keyboard of a phone. @param {AbortSignal} signal */
  listen(signal) {
    this.#narrow.addEventListener("change", () => this.#layOut(), { signal });
    for (const name of ["resize", "scroll"]) {
      window.visualViewport?.addEventListener(name, () => this.#makeRoomForKeyboard(), { signal });
    }
  }
  /** What the host says about itself: the name and the logo. */
  describe() {
    const title = this.#mount.host.getAttribute("label") || TEXT.title;
    this.heading.replaceChildren(title);
    this.launcher.replaceChildren(icon("talk"), element("span", {}, title), " ", this.#badge);
    const address = webAddress(this.#mount.host.getAttribute("logo"));
    if (!address) return;
    const logo = element("img", { src: address, alt: "", class: "logo", part: "logo", referrerpolicy: "no-referrer" });
    logo.addEventListener("error", () => logo.remove());
    this.heading.prepend(logo);
  }
  get isOpen() {
    return !this.#mount.isPage && this.node.hasAttribute("open");
  }
  /** Whether the user can see the conversation. */
  get isInSight() {
    return this.#mount.isPage || this.isOpen;
  }
  /** Whether it covers the screen. */
  get isCover() {
    return this.node.matches(".cover");
  }
  /** Opens the panel, and leaves the focus where it is. */
  open() {
    if (this.isOpen || this.#mount.isPage) return;
    this.#show();
    this.#on.opened();
    this.#mount.host.setAttribute("open", "");
    this.#mount.tell("open");
  }
  openWithFocus() {
    if (this.#mount.isPage) return;
    const unread = this.#unread;
    this.open();
    (unread ?? this.heading).focus({ preventScroll: true });
  }
  close() {
    if (!this.isOpen) return;
    const hadFocus = this.#mount.root.activeElement;
    this.hide();
    if (hadFocus) this.launcher.focus();
    this.#mount.tell("close");
  }
  /** Closes the panel without a word to the host. */
  hide() {
    if (this.#canBeModal) this.#dialog.close();
    this.#dialog.removeAttribute("open");
    this.releasePage();
    this.node.parentElement?.classList.remove("aside");
    this.launcher.hidden = false;
    this.#on.hidden();
    this.#mount.host.removeAttribute("open");
  }
  /** Lets the page scroll again. */
  releasePage() {
    this.#lock.set(false);
  }
  /** Says on the button that there is an answer. @param {HTMLElement | null} unread */
  setUnread(unread) {
    this.#unread = unread;
    this.#badge.hidden = !unread;
    this.#badge.textContent = unread ? TEXT.unread : "";
  }
  get #dialog() {
    return (
      /** @type {HTMLDialogElement} */
      this.node
    );
  }
  /** Not before Safari 15.4 and Firefox 98: there <dialog> is an element like any other. */
  get #canBeModal() {
    return "showModal" in this.#dialog;
  }
  #show() {
    this.launcher.hidden = true;
    this.node.classList.toggle("cover", this.#narrow.matches);
    if (this.#narrow.matches && this.#canBeModal) this.#dialog.showModal();
    else this.#dialog.setAttribute("open", "");
    this.#lock.set(this.#narrow.matches);
    this.#makeRoomForKeyboard();
    this.#on.shown(this.#unread);
    this.setUnread(null);
  }
  /** The window became small or large while the panel was open. */
  #layOut() {
    if (!this.isOpen) return;
    const focused = (
      /** @type {HTMLElement | null} */
      this.#mount.root.activeElement
    );
    if (this.#canBeModal) this.#dialog.close();
    this.#show();
    focused?.focus({ preventScroll: true });
  }
  /** The keyboard of a phone lies over the page; the panel ends above it. Not while the user zooms in by hand. */
  #makeRoomForKeyboard() {
    const view = window.visualViewport;
    const fits = view && view.scale === 1 && this.isOpen && this.#narrow.matches;
    this.node.style.height = fits ? `${view.height}px` : "";
    this.node.style.top = fits ? `${view.offsetTop}px` : "";
  }
};

// src/quick-exit.js
var EXIT_URL = "https://www.google.nl/";
function coverPage(root) {
  const blank = element("div", { class: "blank", popover: "manual" });
  root.querySelector(".root")?.append(blank);
  if ("showPopover" in blank) blank.showPopover();
}
function leavePage(url) {
  try {
    document.head?.append(element("meta", { name: "referrer", content: "no-referrer" }));
    const top = window.top ?? window;
    for (const page2 of [window, top]) nameTab(page2, url);
    top.location.replace(url);
  } catch {
    location.replace("about:blank");
  }
}
function nameTab(page2, url) {
  try {
    page2.document.title = new URL(url).hostname;
  } catch {
  }
}

// src/session-clock.js
var LOOK_EVERY = 5e3;
var SessionClock = class {
  #mount;
  #connection;
  #log;
  #announcer;
  #isWaiting;
  #timer = 0;
  #hasWarned = false;
  #warning = element("p");
  /** The warning, and the button to go on. */
  node = element("div", { class: "ending", role: "group", "aria-label": TEXT.endsSoon, hidden: "" }, this.#warning);
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
    this.node.append(button(TEXT.goOn, "main", () => this.#goOn()));
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
    const { endsAt, warnBefore: warnBefore2 } = this.#connection;
    const phase = phaseAt(Date.now(), endsAt, warnBefore2);
    if (phase === "going on" || this.#isWaiting()) this.#hide();
    else if (phase === "forgotten") this.#showForgotten();
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
      if (!await this.#connection.goOn()) return this.#showForgotten();
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
};

// src/styles.js
var CSS = `
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
.panel.cover, .page .panel {
  inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0; box-shadow: none;
}
.page .panel { position: static; }
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
.copy, .vote { display: flex; flex-wrap: wrap; gap: 4px 8px; margin-top: 8px; }
.card .copy { margin-top: 0; padding-bottom: 12px; }
.copy p, .vote p { width: 100%; }
.plain { border-width: 1px; font-weight: 400; padding: .25em .75em; }
[aria-pressed=true] { border-width: 4px; }
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
function addStyle(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(element("style", {}, CSS));
  }
}

// src/chat.js
var SHOWN_ATTRIBUTES = ["label", "logo", "contact", "privacy-url", "accessibility-url", "exit-key", "minutes"];
var Chat = class {
  /** Removes all listeners outside the element. */
  #listening = new AbortController();
  #wasOpen = false;
  #mount = new Mount();
  #connection = new Connection("", 0);
  #bar = element("div", { class: "bar" }, numbers(), button(TEXT.exit, "exit", () => this.#exit()));
  #composer = new Composer(() => this.#conversation.sendTyped(), () => this.#connection.maxCharacters);
  #log = new Log(this.#bar, this.#composer.input);
  #panel = new Panel(this.#mount, {
    // A closed panel forgets where it was scrolled to.
    shown: (unread) => unread ? this.#log.scrollTo(unread) : this.#log.scrollToLast(),
    opened: () => this.#keyboard.listen(this.#listening.signal),
    hidden: () => this.#besidePage.makeWay()
  });
  #announcer = new Announcer(() => this.#panel.isInSight);
  #parts = {
    mount: this.#mount,
    connection: this.#connection,
    panel: this.#panel,
    log: this.#log,
    composer: this.#composer,
    announcer: this.#announcer
  };
  /** @type {SessionClock} */
  #clock = new SessionClock(this.#parts, () => this.#conversation.isWaiting);
  /** @type {Conversation} */
  #conversation = new Conversation({ ...this.#parts, clock: this.#clock });
  #keyboard = new Keyboard(this.#mount, this.#panel, () => this.#exit());
  #besidePage = new BesidePage(this.#mount, this.#panel);
  constructor() {
    addEventListener("pagehide", this.#end);
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
    document.addEventListener("visibilitychange", () => this.#clock.look(), { signal });
    if (!isPage) this.#besidePage.watch(signal);
    if (isPage || this.#keyboard.isUsed) this.#keyboard.listen(signal);
    if (!isPage && (wasOpen || isNew && host.hasAttribute("open"))) this.#panel.open();
    else host.removeAttribute("open");
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
    removeEventListener("pagehide", this.#end);
  }
  /** @param {string} name of an attribute */
  changed(name) {
    if (name === "open") {
      if (this.#mount.host.hasAttribute("open")) this.#panel.open();
      else this.#panel.close();
    } else if (name === "mode") {
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
    const actions = element("div", { class: "actions" }, button(TEXT.wipe, "", () => this.#wipe()));
    if (!this.#mount.isPage) actions.append(button(TEXT.close, "", () => this.#panel.close()));
    const top = element("div", { class: "top", part: "header" }, this.#panel.heading, actions);
    const parts = [top, this.#bar, this.#log.node, this.#clock.node, this.#composer.form];
    const newWindow = element("span", { id: "new-window", hidden: "" }, TEXT.newWindow);
    this.#panel.build(element("div", { class: "inner" }, ...parts), ...this.#announcer.inside, newWindow);
    const attributes = { class: this.#mount.isPage ? "root page" : "root", lang: "nl" };
    const root = element("div", attributes, this.#panel.node, ...this.#announcer.outside);
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
    if (this.#panel.isOpen) this.#panel.hide();
  };
  /** Back to the first screen, with nothing left of the conversation. */
  #reset() {
    this.#conversation.drop();
    this.#clock.stop();
    this.#announcer.clear();
    this.#panel.setUnread(null);
    this.#composer.text = "";
    this.#showFirstScreen();
    this.#log.clear();
  }
  async #wipe() {
    const wiped = this.#connection.forget();
    this.#reset();
    const server = await wiped;
    const text = server ? TEXT.wiped : TEXT.wipedHere;
    this.#log.intro.prepend(element("p", { class: "note" }, text));
    this.#announcer.say(text);
    this.#mount.tell("gewist", { server });
  }
  #exit() {
    try {
      coverPage(this.#mount.root);
      this.#end();
      this.#announcer.say(TEXT.leaving, true);
    } finally {
      leavePage(webAddress(this.#mount.host.getAttribute("exit-url")) || EXIT_URL);
    }
  }
};

// src/host-lifecycle.js
var NAME = "weerbaar-chat";
var ATTRIBUTES = [
  "server",
  "label",
  "logo",
  "contact",
  "exit-url",
  "exit-key",
  "privacy-url",
  "accessibility-url",
  "open",
  "mode",
  "minutes",
  "timeout",
  "place"
];
var COMES_BACK_AT_MOST = 20;
var COMES_BACK_WITHIN = 1e3;
var launcherOwner = null;
var inserted = null;
var waiting = null;
var timesBack = 0;
var lastBack = 0;
function claimLauncher(element2) {
  if (launcherOwner === inserted && inserted !== element2) inserted?.remove();
  if (launcherOwner) return false;
  launcherOwner = element2;
  return true;
}
function releaseLauncher(element2) {
  if (launcherOwner === element2) launcherOwner = null;
}
function takeWaiting() {
  const chat = waiting;
  waiting = null;
  return chat;
}
function keepWaiting(chat) {
  waiting?.discard();
  waiting = chat;
  setTimeout(comeBack);
}
function insertElement() {
  if (document.querySelector(NAME)) return;
  if (!script) {
    console.info(`<${NAME}> can be used. Put it on the page yourself: it does not come by itself from a module.`);
    return;
  }
  if (!inserted) {
    inserted = /** @type {ChatElement} */
    document.createElement(NAME);
    for (const name of ATTRIBUTES) {
      const value = script.getAttribute(`data-${name}`);
      if (value !== null) inserted.setAttribute(name, value);
    }
  }
  document.body.append(inserted);
}
function comeBack() {
  for (const chat of document.querySelectorAll(NAME)) chat.connectedCallback();
  if (!script || !document.body) return;
  if (Date.now() - lastBack > COMES_BACK_WITHIN) timesBack = 0;
  lastBack = Date.now();
  if (++timesBack <= COMES_BACK_AT_MOST) insertElement();
}

// src/chat-element.js
var Base = typeof HTMLElement === "undefined" ? (
  /** @type {typeof HTMLElement} */
  class {
  }
) : HTMLElement;
var WeerbaarChat = class extends Base {
  static observedAttributes = ATTRIBUTES;
  #root = this.attachShadow({ mode: "open" });
  /** @type {Chat | null} */
  #chat = null;
  connectedCallback() {
    try {
      this.start();
    } catch {
      this.#root.replaceChildren(numbers(), element("slot"));
    }
  }
  /** Shows the chat, unless another element has the button. */
  start() {
    if (this.#chat || !this.isConnected) return;
    if (this.getAttribute("mode") !== "page" && !claimLauncher(this)) return;
    if (!isServed && !webAddress(this.getAttribute("server")) && !namedInTag()) {
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
    return this.hasAttribute("open");
  }
  set open(open) {
    this.toggleAttribute("open", open);
  }
  /** Opens the panel and takes the focus there. */
  show() {
    this.#chat?.show();
  }
  /** Closes the panel; the conversation stays. */
  close() {
    this.#chat?.close();
  }
};

// src/main.js
if (typeof window !== "undefined" && "customElements" in window && !customElements.get(NAME)) {
  customElements.define(NAME, WeerbaarChat);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", insertElement);
  else insertElement();
}
})();
