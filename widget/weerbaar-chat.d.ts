/**
 * Types of <weerbaar-chat>, for hosts that write TypeScript. Attributes, parts and events are explained in docs/embed.md.
 *
 * The events do not bubble. To hear them whichever element shows the chat, listen while they come down:
 * `document.addEventListener('doorverwijzing', listener, true)`.
 */

/** What a handoff tells the host: how serious, and which adviser was named. Nothing that the user wrote. */
export interface Handoff {
  readonly ernst: 'acuut' | 'ernstig' | 'zorg';
  readonly adviseur: string | null;
}

export interface WeerbaarChatEventMap {
  /** The panel was opened. */
  open: CustomEvent<null>;
  /** The panel was closed; the conversation goes on. */
  close: CustomEvent<null>;
  /** An answer sends the user to a person. */
  doorverwijzing: CustomEvent<Handoff>;
  /** The user wiped the conversation; `server` says whether the server has confirmed it. */
  gewist: CustomEvent<{ readonly server: boolean }>;
}

export interface WeerbaarChatElement extends HTMLElement {
  /** Whether the panel is open; the same as the attribute. */
  open: boolean;
  /** Opens the panel and takes the focus there. */
  show(): void;
  /** Closes the panel; the conversation stays. */
  close(): void;
  addEventListener<K extends keyof WeerbaarChatEventMap>(
    type: K,
    listener: (this: WeerbaarChatElement, event: WeerbaarChatEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'weerbaar-chat': WeerbaarChatElement;
  }
}
