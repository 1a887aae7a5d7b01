/** The sheet with all subjects and their answers. */
import { byId, element, placeText, tell } from '/page/dom.js';
import { inApp, inChat } from '/page/reply.js';

const WEB = 'web';
const MOST_FOUND = 60;
/** What is chosen: the value of each choice. @type {Record<string, string>} */
const chosen = { functie: '', zaak: '', kanaal: WEB };
/** @type {any} */
let known = { themes: [], choices: [] };
let subjectName = '';
/** The answers whose text changed while the page was open. @type {Set<string>} */
const changed = new Set();

const allSubjects = () => known.themes.flatMap((/** @type {any} */ theme) => theme.subjects);
const allAnswers = () => allSubjects().flatMap((/** @type {any} */ subject) => subject.answers);

/** Shows the answers of now. @param {any} found what the server gives @param {boolean} isFirst */
export function setAnswers(found, isFirst) {
  const before = new Map(allAnswers().map((/** @type {any} */ answer) => [answer.name, said(answer)]));
  known = found;
  if (isFirst) makeChoices();
  else {
    const now = allAnswers().filter((/** @type {any} */ answer) => before.get(answer.name) !== said(answer));
    for (const { name } of now) changed.add(name);
    if (now.length) tell(`De teksten zijn vernieuwd: ${now.map((/** @type {any} */ one) => one.name).join(', ')}`);
  }
  subjectName = allSubjects().some((/** @type {any} */ one) => one.name === subjectName) ? subjectName : allSubjects()[0]?.name;
  showSubjects();
  showAnswers();
}

/** What an answer says, without the lines, which move when something above it changes. @param {any} answer */
const said = (answer) => JSON.stringify(answer.outcomes.map(({ messages, bubble, when }) => [messages, bubble, when]));

/** Opens a subject. @param {string} name */
export function openSubject(name) {
  const found = allSubjects().find((/** @type {any} */ one) => one.name === name);
  if (!found) return false;
  subjectName = name;
  search().value = '';
  showSubjects();
  showAnswers();
  return true;
}

const search = () => /** @type {HTMLInputElement} */ (byId('search'));

function makeChoices() {
  for (const { name, title, values } of known.choices) {
    const select = element('select', { id: `choice-${name}` });
    for (const [value, words] of values) select.append(element('option', { value }, words));
    select.addEventListener('change', () => {
      chosen[name] = /** @type {HTMLSelectElement} */ (select).value;
      showAnswers();
      tell(`De antwoorden gelden nu voor ${title.toLowerCase()}: ${/** @type {HTMLSelectElement} */ (select).selectedOptions[0].text}`);
    });
    byId('choices').append(element('label', {}, title, ' ', select));
  }
  byId('choices').addEventListener('submit', (event) => event.preventDefault());
  search().addEventListener('input', showAnswers);
  if (matchMedia('(max-width: 60em)').matches) byId('subjects').removeAttribute('open');
}

function showSubjects() {
  const nav = /** @type {HTMLElement} */ (byId('subjects').querySelector('nav'));
  const focused = /** @type {HTMLElement | null} */ (nav.querySelector(':focus'))?.dataset.name;
  nav.replaceChildren(
    ...known.themes.flatMap((/** @type {any} */ theme) => [
      element('h3', {}, theme.title),
      element('ul', {}, ...theme.subjects.map((/** @type {any} */ subject) => element('li', {}, subjectLink(subject)))),
    ]),
  );
  if (focused) /** @type {HTMLElement | null} */ (nav.querySelector(`[data-name="${focused}"]`))?.focus();
}

/** @param {any} subject */
function subjectLink({ name, title, answers }) {
  const link = element('a', { href: `#antwoorden/${name}`, 'data-name': name }, title);
  if (answers.length > 1) link.append(' ', element('span', { class: 'count' }, `(${answers.length})`));
  if (answers.some((/** @type {any} */ answer) => changed.has(answer.name))) link.append(' ', element('span', { class: 'new' }, 'nieuw'));
  if (name === subjectName) link.setAttribute('aria-current', 'true');
  return link;
}

function showAnswers() {
  const words = search().value.trim().toLowerCase();
  const box = byId('answers');
  if (words) {
    const found = allAnswers().filter((/** @type {any} */ answer) => wordsOf(answer).includes(words));
    const sentence = found.length === 1 ? '1 antwoord met deze woorden' : `${found.length} antwoorden met deze woorden`;
    tell(sentence);
    box.replaceChildren(element('h3', {}, sentence), ...found.slice(0, MOST_FOUND).map(answerNode));
    return;
  }
  const subject = allSubjects().find((/** @type {any} */ one) => one.name === subjectName);
  if (!subject) return;
  box.replaceChildren(element('h3', { id: 'subject', tabindex: '-1' }, subject.title), ...subject.answers.map(answerNode));
}

/** @param {any} answer */
const wordsOf = (answer) =>
  [answer.name, ...answer.outcomes.flatMap((/** @type {any} */ one) => [one.bubble.text, ...one.bubble.buttons])].join('\n').toLowerCase();

/** @param {any} outcome */
const fits = ({ when }) => Object.entries(when).every(([name, values]) => /** @type {string[]} */ (values).includes(chosen[name]));

/** One answer: as it is for what is chosen, and below it the other texts. @param {any} answer */
function answerNode(answer) {
  const words = answer.fact ? answer.fact.replaceAll('_', ' ') : 'antwoord';
  const title = words[0].toUpperCase() + words.slice(1);
  const heading = element('h4', {}, title, ' ', element('code', {}, answer.name));
  if (changed.has(answer.name)) heading.append(' ', element('span', { class: 'new' }, 'nieuw'));
  const node = element('article', { class: 'answer', 'data-name': answer.name }, heading);
  const fitting = answer.outcomes.filter(fits);
  for (const outcome of fitting) node.append(...outcomeNodes(outcome));
  if (fitting.length > 1) node.append(element('p', { class: 'muted' }, 'De assistent kiest een van deze teksten, door het lot.'));
  if (!fitting.length) node.append(element('p', { class: 'muted' }, 'Voor deze keuze is er geen tekst.'));
  const others = answer.outcomes.filter((/** @type {any} */ one) => !fits(one));
  if (others.length) node.append(othersNode(answer, others));
  return node;
}

/** @param {any} answer @param {any[]} others */
function othersNode(answer, others) {
  const words = others.length === 1 ? 'Nog 1 tekst van dit antwoord' : `Nog ${others.length} teksten van dit antwoord`;
  const box = element('details', { class: 'others' }, element('summary', {}, words));
  // They are made when they are asked for: a page with all of them at once is slow.
  box.addEventListener('toggle', () => {
    if (box.childElementCount === 1) box.append(...others.map((one) => element('div', { class: 'other' }, ...outcomeNodes(one))));
  });
  return box;
}

/** @param {any} outcome */
function outcomeNodes({ messages, bubble, when, place, adviser, app }) {
  const label = conditionText(when);
  const isApp = app || (when.kanaal ?? [chosen.kanaal])[0] !== WEB;
  const go = ({ payload }) => {
    const name = /^\/(\w+)/.exec(payload ?? '')?.[1] ?? '';
    if (allSubjects().some((/** @type {any} */ one) => one.name === name)) location.hash = `antwoorden/${name}`;
    else tell('Deze knop is alleen uit te proberen op het blad Uitproberen.');
  };
  const where = [element('span', {}, 'Tekst: ', element('strong', {}, placeText(place)))];
  if (place.buttons) where.push(element('span', {}, `Knoppen: regel ${place.buttons}`));
  if (adviser) where.push(element('span', {}, `Zin over de adviseur: ${placeText(adviser)}`));
  return [
    ...(label ? [element('p', { class: 'when' }, label)] : []),
    isApp ? inApp(bubble, messages, go) : inChat(messages, go),
    element('p', { class: 'where' }, ...where),
  ];
}

/** For whom a text is meant, in words; empty when it is for everyone. @param {Record<string, string[]>} when */
function conditionText(when) {
  return known.choices
    .filter((/** @type {any} */ { name, values }) => when[name] && when[name].length < values.length)
    .map((/** @type {any} */ { name, title, values }) => {
      const words = new Map(values);
      return `${title}: ${when[name].map((value) => words.get(value)).join(' of ')}`;
    })
    .join(' · ');
}
