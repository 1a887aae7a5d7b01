/** The sheet with the rows of the register that must be reviewed. */
import { byId, element, placeText } from '/page/dom.js';
import { ask } from '/page/server.js';

/** Shows the rows of now, and in the menu how many are due. */
export async function showRegister() {
  const { rows, days, mistake, file } = await ask('/api/register');
  const due = rows.filter((/** @type {any} */ row) => row.due);
  byId('due-count').hidden = !due.length;
  byId('due-count').replaceChildren(String(due.length), element('span', { class: 'unseen' }, ' te doen'));
  if (mistake) return;
  const lead =
    `Elk nummer en adres wordt om de ${days} dagen nagekeken. Klopt het? Zet dan de datum van vandaag achter ` +
    `reviewed in ${file}.`;
  byId('rows').replaceChildren(
    element('p', { class: 'lead' }, lead),
    element('h3', {}, due.length ? 'Nu nakijken' : 'Er is niets na te kijken'),
    ...(due.length ? [table(due, file, true)] : []),
    element('h3', {}, 'Nog goed'),
    table(rows.filter((/** @type {any} */ row) => !row.due), file, false),
  );
}

/** @param {any[]} rows @param {string} file @param {boolean} isDue */
function table(rows, file, isDue) {
  const names = ['Wat', 'Van wie', ...(isDue ? ['Waarom'] : []), 'Nagekeken', 'Bron', 'Eigenaar', 'Waar'];
  const head = element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, name)));
  const body = rows.map((row) => {
    const cells = [row.name, ...(isDue ? [row.why] : []), row.reviewed || 'nooit', row.source, row.owner, placeText({ file, line: row.line })];
    return element('tr', {}, element('th', { scope: 'row' }, row.value), ...cells.map((cell) => element('td', {}, cell)));
  });
  const label = isDue ? 'Nu nakijken' : 'Nog goed';
  const made = element('table', {}, element('caption', { class: 'unseen' }, label), element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': label }, made);
}
