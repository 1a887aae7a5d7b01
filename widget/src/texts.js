/** All texts that the chat itself says. The answers come from the server. */
import { TEAM } from './contacts.js';

export const TEXT = {
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
  vote: 'Helpt dit antwoord?',
  helps: 'Dit helpt mij',
  helpsNot: 'Dit helpt mij niet',
  voted: 'Dank u. We tellen alleen het aantal.',
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
  accessibility: 'Lees hoe toegankelijk deze chat is',
  startersLabel: 'Kies een vraag of typ zelf:',
  starters: ['Ik word bedreigd', 'Ik voel me onveilig', 'Wat doet het Ondersteuningsteam?', 'Hoe doe ik aangifte?'],
  cardSuicide: 'Praat nu met iemand',
  cardAcute: 'Bel nu 112',
  cardConcern: 'Wilt u erover praten?',
  cardTeam: 'Bel het Ondersteuningsteam',
  cardOther: 'Bel voor hulp',
  callQuestion: ['Wat gebeurt er als u ', ' belt?'],
  // From the brochure of the support team. Do not add opening hours or response times: there is no source for them.
  callAnswer:
    'U krijgt een contactpersoon aan de lijn. Die denkt met u mee, geeft advies en schakelt anderen in als dat nodig is. ' +
    'Het gesprek is vertrouwelijk.',
  copy: 'Kopieer ',
  copied: ' is gekopieerd.',
  notCopied: 'Kopiëren lukt hier niet. Het nummer is geselecteerd: ',
};

/** @param {number} minutes */
export const lasts = (minutes) =>
  `Komt er ${minutes} minuten geen bericht van u? Dan vergeet de assistent het gesprek. Wij waarschuwen u kort daarvoor.`;

/** @param {number} excess by how many characters the text is too long */
export const tooLong = (excess) =>
  `Uw bericht is ${excess} ${excess === 1 ? 'teken' : 'tekens'} te lang voor één antwoord. U kunt het wel sturen.`;

/** @param {number} characters that are left */
export const left = (characters) => `Nog ${characters} tekens`;

/** @param {string} adviser */
export function askForAdviser(adviser) {
  if (/^netwerk/i.test(adviser)) return `Vraag naar de adviseur ${adviser}`;
  const article = /vereniging/i.test(adviser) ? ' de' : /genootschap/i.test(adviser) ? ' het' : '';
  return `Vraag naar de adviseur van${article} ${adviser}`;
}
