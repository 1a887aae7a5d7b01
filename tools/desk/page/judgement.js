/** How a message was judged. */
import { byId, described, element, placeText } from '/page/dom.js';

const LEVELS = { geen: 'geen', zorg: 'zorg', ernstig: 'ernstig', acuut: 'acuut', suicidaal: 'suïcidaal' };

/** A share of 0 to 1 as a percentage. @param {number} share */
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0).replace('.', ',')} %`;

/** @param {any} found what the server says of a turn */
export function showJudgement({ judged, policies, turn, slots, failed }) {
  byId('judgement').replaceChildren(
    element('h3', {}, 'Hoe is het beoordeeld?'),
    ...(failed ? [element('p', { class: 'warning' }, 'De assistent kon niet antwoorden. De gebruiker krijgt de noodtekst met het nummer.')] : []),
    ...(judged.part ? [element('p', {}, 'Van deze lange tekst is het ernstigste deel beantwoord: ', element('q', {}, judged.part))] : []),
    severity(judged),
    summary(judged, policies),
    ranking('Onderwerpen (intents)', judged.intents, 'Een knop: het onderwerp staat vast.'),
    ranking('Feiten van dat onderwerp', judged.facts, 'Geen: dit onderwerp heeft geen feiten, of het was een knop.'),
    steps(turn),
    remembered(slots),
  );
}

/** @param {any} judged */
function severity({ level, reasons, parts, thresholds, pressed }) {
  const box = element('section', {}, element('h4', {}, 'Ernst'));
  box.append(element('p', {}, element('span', { class: `level ${level}` }, LEVELS[level] ?? level)));
  if (pressed) box.append(element('p', { class: 'muted' }, 'Een knop wordt niet beoordeeld. Het onderwerp bepaalt de ernst.'));
  if (reasons.length) box.append(element('ul', {}, ...reasons.map(reasonNode)));
  else if (!pressed) box.append(element('p', { class: 'muted' }, 'Geen enkel deel vond dit bericht ernstig.'));
  if (parts.length) box.append(partsTable(parts), thresholdsNode(thresholds));
  return box;
}

/** @param {any} reason */
function reasonNode({ text, pattern, place }) {
  const node = element('li', {}, text);
  if (pattern) node.append(': ', element('code', {}, pattern), ...(place ? [` (${placeText(place)})`] : []));
  return node;
}

/** The probability of each level, for the whole text and for each sentence. @param {any[]} parts */
function partsTable(parts) {
  const names = Object.keys(LEVELS);
  const head = element('tr', {}, ...['Deel', 'Oordeel', ...names.map((name) => LEVELS[name])].map((name) => element('th', { scope: 'col' }, name)));
  const rows = parts.map(({ text, level, probabilities }, at) => {
    const words = at ? `Zin ${at}: ${text}` : 'Hele bericht';
    const cells = names.map((name) => element('td', { class: name === level ? 'number best' : 'number' }, percent(probabilities[name])));
    return element('tr', {}, element('th', { scope: 'row' }, words), element('td', {}, LEVELS[level]), ...cells);
  });
  const table = element('table', {}, element('caption', {}, 'Kans op elke ernst, volgens het model'), element('thead', {}, head), element('tbody', {}, ...rows));
  return element('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Kans op elke ernst' }, table);
}

/** @param {Record<string, number>} thresholds */
function thresholdsNode(thresholds) {
  const names = { grave: 'doorverwijzing', doubt: 'aanbod om te bellen', acute: 'acuut', suicidal: 'suïcidaal', care: 'zorg' };
  const words = Object.entries(names).map(([name, dutch]) => `${dutch} vanaf ${percent(thresholds[name])}`);
  return element('p', { class: 'muted' }, `Drempels: ${words.join(', ')}. Voor één zin liggen ze hoger.`);
}

/** @param {any} judged @param {any[]} policies */
function summary({ fact, role }, policies) {
  const planned = policies.length
    ? policies.map(({ name, did }) => element('span', { class: 'line' }, element('code', {}, name), did ? ` ${did}` : ''))
    : ['geen'];
  return element(
    'section',
    {},
    element('h4', {}, 'Keuze'),
    element(
      'dl',
      {},
      ...described('Feit volgens dit bericht', fact ? element('code', {}, fact) : 'geen'),
      ...described('Functie in dit bericht', role ?? 'geen'),
      ...described('Beurt gepland door', ...planned),
    ),
  );
}

/** @param {string} title @param {[string, number][]} ranked @param {string} otherwise */
function ranking(title, ranked, otherwise) {
  const box = element('section', {}, element('h4', {}, title));
  if (!ranked.length) box.append(element('p', { class: 'muted' }, otherwise));
  else {
    const items = ranked.map(([name, share]) => {
      const meter = element('meter', { min: '0', max: '1', value: String(share), 'aria-hidden': 'true' });
      return element('li', {}, element('code', {}, name), meter, element('span', { class: 'number' }, percent(share)));
    });
    box.append(element('ol', { class: 'ranking' }, ...items));
  }
  return box;
}

/** @param {any[]} turn */
function steps(turn) {
  const items = turn.map(({ kind, name, detail }) =>
    element('li', {}, element('span', { class: 'kind' }, kind), ' ', element('code', {}, name), ...(detail ? [' ', detail] : [])),
  );
  return element('section', {}, element('h4', {}, 'Wat er gebeurde'), element('ol', { class: 'steps' }, ...items));
}

/** @param {Record<string, any>} slots */
function remembered(slots) {
  const known = Object.entries(slots).flatMap(([name, value]) => described(name, String(value === true ? 'ja' : value).trim()));
  return element(
    'section',
    {},
    element('h4', {}, 'Wat de assistent nu onthoudt'),
    known.length ? element('dl', {}, ...known) : element('p', { class: 'muted' }, 'Niets.'),
  );
}
