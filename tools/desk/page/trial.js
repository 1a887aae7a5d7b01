/** The sheet on which a message is tried. */
import { byId, button, element, placeText, tell } from '/page/dom.js';
import { showJudgement } from '/page/judgement.js';
import { inApp, inChat } from '/page/reply.js';
import { ask } from '/page/server.js';

const WEB = 'web';
// The conversation lives in these variables and in the page; nothing is stored.
let conversation = '';
let isBusy = false;

const field = () => /** @type {HTMLTextAreaElement} */ (byId('text'));
const channel = () => /** @type {HTMLSelectElement} */ (byId('channel'));

/** @param {[string, string][]} channels the values and what they are called */
export function setUp(channels) {
  channel().append(...channels.map(([value, words]) => element('option', { value }, words)));
  byId('say').addEventListener('submit', (event) => {
    event.preventDefault();
    sendTyped();
  });
  field().addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendTyped();
  });
  byId('again').addEventListener('click', () => begin(true));
  channel().addEventListener('change', () => begin(true));
}

function sendTyped() {
  const text = field().value.trim();
  if (text) send({ text });
}

/** Begins a conversation in which nothing was said. @param {boolean} isAsked */
async function begin(isAsked) {
  conversation = (await ask('/api/conversation', { conversation })).conversation;
  if (!isAsked) return;
  byId('talk').replaceChildren();
  byId('empty').hidden = false;
  byId('judgement').replaceChildren(element('h3', {}, 'Hoe is het beoordeeld?'), element('p', { class: 'muted' }, 'Stuur eerst een bericht.'));
  field().focus();
  tell('Het gesprek is gewist. U begint opnieuw.');
}

/** @param {{text: string, payload?: string}} say */
async function send(say) {
  if (isBusy) return;
  isBusy = true;
  for (const old of byId('talk').querySelectorAll('.failed')) old.remove();
  try {
    if (!conversation) await begin(false);
    const found = await ask('/api/message', { conversation, channel: channel().value, ...say });
    if (field().value.trim() === say.text) field().value = '';
    showTurn(say, found);
  } catch (error) {
    const words = /** @type {Error} */ (error).message;
    byId('talk').append(element('li', { class: 'failed' }, words));
    tell(words);
  } finally {
    isBusy = false;
  }
}

/** @param {{text: string, payload?: string}} say @param {any} found */
function showTurn(say, found) {
  byId('empty').hidden = true;
  const look = () => {
    for (const one of byId('talk').querySelectorAll('[aria-pressed]')) one.setAttribute('aria-pressed', String(one === press));
    showJudgement(found);
  };
  const press = button('Beoordeling', () => {
    look();
    byId('judgement').focus();
  });
  press.className = 'small';
  const words = say.payload ? `${say.text} (knop)` : say.text;
  const mine = element('div', { class: 'mine' }, element('span', { class: 'unseen' }, 'U zei: '), words);
  press.setAttribute('aria-label', `Beoordeling van: ${words.slice(0, 60)}`);
  press.setAttribute('aria-pressed', 'true');
  const item = element('li', {}, mine, element('p', { class: 'by' }, press));
  for (const response of found.responses) item.append(responseNode(response));
  byId('talk').append(item);
  look();
  item.scrollIntoView({ block: 'nearest' });
  tell(`Antwoord. ${found.responses.map((/** @type {any} */ one) => one.bubble.text).join(' ')}`);
}

/** @param {any} response */
function responseNode({ messages, bubble, name, place }) {
  const shown = channel().value === WEB ? inChat(messages, send) : inApp(bubble, messages, send);
  const where = place ? placeText(place) : 'deze tekst staat niet in domain.yml';
  const caption = element('p', { class: 'where' }, ...(name ? [element('code', {}, name)] : []), element('span', {}, where));
  return element('div', { class: 'response' }, shown, caption);
}
