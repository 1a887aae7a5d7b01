/*
 * <weerbaar-chat>: the browser side of the Weerbaar Bestuur assistant. `npm run build` makes one file of these modules,
 * without dependencies. Put one tag on a page and a button appears at the bottom right:
 *
 *   <script src="https://example.org/webhooks/web/widget.js" defer></script>
 *
 * Attributes (or data-* of the tag), events, parts and other ways to load it: docs/embed.md. Types: weerbaar-chat.d.ts.
 *
 * What Chrome 88, Firefox 90 and Safari 15 know is used freely. What is newer has another way beside it: <dialog>,
 * CSSStyleSheet, keepalive, popover, visualViewport, the clipboard. In the style sheet @container is only looks.
 *
 * The rules behind the code: the people who use this may be in danger and may be watched. The phone numbers never depend
 * on the server. Nothing is stored: the conversation lives in variables and in the DOM. All text is set as text, never
 * parsed as HTML, so it also works where the host forbids inline style and has Trusted Types on. Nothing moves on the
 * screen, so there is no motion to reduce.
 */
import { WeerbaarChat } from './chat-element.js';
import { NAME, insertElement } from './host-lifecycle.js';

// Without a window a server renders the page. The name is taken when the file was loaded before.
if (typeof window !== 'undefined' && 'customElements' in window && !customElements.get(NAME)) {
  customElements.define(NAME, WeerbaarChat);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', insertElement);
  else insertElement();
}
