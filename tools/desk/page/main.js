/** Shows the sheets of the desk, and keeps them up to date. */
import { openSubject, setAnswers } from '/page/answers.js';
import { byId, element, tell } from '/page/dom.js';
import { showRegister } from '/page/register.js';
import { ask } from '/page/server.js';
import { setUp } from '/page/trial.js';

const SHEETS = ['antwoorden', 'proberen', 'register'];
const LOOK_MILLISECONDS = 1000;
let version = -1;
let mistakeShown = '';

/** Shows the sheet in the address, and the subject behind its slash. @param {boolean} isMoved the user went there */
function showSheet(isMoved) {
  const [sheet, subject] = location.hash.slice(1).split('/');
  const name = SHEETS.includes(sheet) ? sheet : SHEETS[0];
  if (sheet === 'inhoud') return;
  for (const one of SHEETS) byId(one).hidden = one !== name;
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.getAttribute('href') === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const title = byId(`title-${name}`);
  document.title = `${title.textContent} – Redactiebureau`;
  const isOpened = subject && openSubject(subject);
  if (!isMoved) return;
  if (isOpened) {
    if (matchMedia('(max-width: 60em)').matches) byId('subjects').removeAttribute('open');
    byId('subject').focus();
  } else title.focus();
}

/** Shows what is wrong with a file, or that nothing is. @param {string} mistake */
function showMistake(mistake) {
  if (mistake === mistakeShown) return;
  if (!mistake) tell('De fout is opgelost. U ziet weer de nieuwe teksten.');
  mistakeShown = mistake;
  byId('mistake').replaceChildren(
    ...(mistake
      ? [element('p', {}, element('strong', {}, 'Er zit een fout in een bestand. '), mistake), element('p', {}, 'Hieronder staan nog de laatste goede teksten.')]
      : []),
  );
}

async function look() {
  try {
    const state = await ask('/api/state');
    if (state.version !== version) await load();
    else showMistake(state.mistake);
  } catch (error) {
    showMistake(/** @type {Error} */ (error).message);
  }
}

async function load() {
  const found = await ask('/api/answers');
  const isFirst = version < 0;
  version = found.version;
  showMistake(found.mistake);
  if (isFirst) setUp(found.choices.find((/** @type {any} */ choice) => choice.name === 'kanaal').values);
  setAnswers(found, isFirst);
  await showRegister();
}

addEventListener('hashchange', () => showSheet(true));
await look();
showSheet(false);
setInterval(() => {
  if (!document.hidden) look();
}, LOOK_MILLISECONDS);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) look();
});
