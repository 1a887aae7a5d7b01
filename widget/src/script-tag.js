/** The tag and the address that the file came from. Read at once: later the browser does not know them any more. */
import { webAddress } from './web-address.js';

// As the assistant serves it, and as a copy on another site.
const SERVED_NAME = /\/widget(?:-\w+)?\.js(?:[?#]|$)/;
const OWN_NAME = /\/(?:widget|weerbaar-chat)[\w.-]*\.m?js(?:[?#]|$)/;

// On a server that renders pages there is no document.
const page = typeof document === 'undefined' ? null : document;
const current = /** @type {HTMLScriptElement | null | undefined} */ (page?.currentScript);
// A module does not know its tag, and `import.meta` would be an error in a classic script. The stack names the file.
const ownAddress = current?.src || /https?:\/\/[^\s)]+?(?=:\d+:\d+)/.exec(new Error().stack ?? '')?.[0] || '';

/** Our tag. A module finds it by its address. */
export const script = current ?? [...(page?.scripts ?? [])].find(({ src }) => src === ownAddress && OWN_NAME.test(src));

/** Whether the file came from the assistant itself. */
export const isServed = SERVED_NAME.test(ownAddress);

/** The server that the tag names. A page may write the element and name the server in the tag. */
export const namedInTag = () => webAddress(script?.getAttribute('data-server') ?? null);

export const serverOfScript = () => namedInTag() || new URL('.', ownAddress || document.baseURI).href;
