/** The numbers that the chat itself gives, and how a number is found, compared, written and called. */

export const EMERGENCY = '112';
export const SUICIDE_PREVENTION = '113';
export const TEAM = '070-3738314';

/** Who answers a number, by its digits; this stands under the number on a call card. @type {Record<string, string | undefined>} */
export const CAPTIONS = {
  [EMERGENCY]: 'Noodnummer, bij gevaar',
  [SUICIDE_PREVENTION]: '113 Zelfmoordpreventie luistert, dag en nacht',
  '09008844': 'Politie, geen spoed',
  '0703738314': 'Ondersteuningsteam Weerbaar Bestuur, vertrouwelijk',
};

/** The pattern of a telephone number in a text. */
export const PHONE = String.raw`\b11[23]\b(?![.,]?\d)|\b0[89]00(?:[ -]?\d){4,7}\b|\b0(?:[ –-]{0,3}\d){9}\b`;

/** @param {string} number */
export const digits = (number) => number.replace(/\D/g, '');

/** Whether two numbers are the same, however they are written. @param {string} one @param {string} other */
export const isSameNumber = (one, other) => digits(one) === digits(other);

/** The address that calls a number. @param {string} number */
export function telephoneLink(number) {
  const bare = digits(number);
  // 0800 and 0900 numbers, like those of three digits, exist only inside the Netherlands.
  return `tel:${/^0[^89]\d{8}$/.test(bare) ? `+31${bare.slice(1)}` : bare}`;
}

/** '070-3738314' becomes '070 - 373 83 14', which is easier to read and to dial. @param {string} number */
export const spaced = (number) => number.replace(/^(\d{3})-?(\d{3})(\d\d)(\d\d)$/, '$1 - $2 $3 $4');
