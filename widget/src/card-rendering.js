/** Renders a call card: whom to call, with which adviser, what can be chosen, and how to copy the numbers. */
import { cardLook, cardNumbers } from './call-card.js';
import { CAPTIONS, TEAM, digits, telephoneLink } from './contacts.js';
import { button, element, icon } from './dom.js';
import { hyphenated, numberText } from './text-rendering.js';
import { TEXT, askForAdviser } from './texts.js';

/** @typedef {import('./answer.js').Card} Card */

/**
 * @param {{card: Card, text: string}} message
 * @param {(text: string) => void} announce
 * @param {HTMLElement | ''} choices what the user can choose from, below the number of the team
 */
export function renderCard({ card, text }, announce, choices) {
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
  // What follows names the number that it is about: a card can have three of them.
  if (numbers.includes(TEAM)) box.append(whatHappens());
  const result = element('p');
  const copies = numbers.map((number) => copyButton(number, result, announce));
  box.append(element('div', { class: 'copy' }, ...copies, result));
  return box;
}

/** @param {string} number */
function callButton(number) {
  const label = element('span', {}, icon('phone'), TEXT.call, numberText(number));
  const caption = CAPTIONS[digits(number)];
  const link = element('a', { class: 'call', href: telephoneLink(number) }, label);
  if (caption) link.append(' ', element('small', {}, ...hyphenated(caption)));
  return link;
}

/** What happens when the user calls the team. */
function whatHappens() {
  const [before, after] = TEXT.callQuestion;
  const question = element('summary', {}, before, numberText(TEAM), after);
  return element('details', {}, question, element('p', {}, TEXT.callAnswer));
}

/** @param {string} number @param {HTMLElement} result where it says what happened @param {(text: string) => void} announce */
function copyButton(number, result, announce) {
  const copy = button(TEXT.copy, 'plain', async () => {
    const text = numberText(number);
    try {
      await navigator.clipboard.writeText(number);
      result.replaceChildren(text, TEXT.copied);
    } catch {
      // There is no clipboard on plain http and in some frames, and the user may not allow it.
      result.replaceChildren(TEXT.notCopied, text);
      getSelection()?.selectAllChildren(text);
    }
    announce(result.textContent ?? '');
  });
  copy.append(numberText(number));
  return copy;
}
