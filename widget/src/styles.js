/*
 * The style sheet of the chat.
 *
 * Sizes are in em and follow the text size that the user chose in the browser; rem would follow the host page. Of the
 * design tokens of the host only the font, the pair of button colours and, on white, the colour of links are used: the
 * others of a host that knows no dark mode would break ours.
 */
import { element } from './dom.js';

const CSS = `
:host { all: initial !important; }
:host([mode=page]) { display: block !important; height: 100% !important; }
:host([hidden]) { display: none !important; }
.root {
  all: initial; display: block;
  --ink: #1a2733; --muted: #4a5866; --paper: #fff; --soft: #f1f4f8; --mine: #e2edf8; --line: #6b7b8b; --blue: #164b82;
  --link: var(--utrecht-link-color, var(--nl-link-color, #0b4f95));
  --danger: #a8071a; --danger-ink: #fff; --alarm: #a8071a; --left: auto; --right: 16px;
  --main: var(--utrecht-button-primary-action-background-color, var(--nl-button-primary-background-color, var(--blue)));
  --main-ink: var(--utrecht-button-primary-action-color, var(--nl-button-primary-color, #fff));
  color: var(--ink);
  color-scheme: light dark;
  font: 1em/1.5 var(--utrecht-document-font-family, var(--nl-document-font-family, system-ui, sans-serif));
}
@media (prefers-color-scheme: dark) {
  .root {
    --ink: #edf1f5; --muted: #b9c5d0; --paper: #141d26; --soft: #1f2b37; --mine: #1d3c5a; --line: #8796a5; --link: #9ecbff;
    --danger: #b3202f; --alarm: #ffb4ba; --blue: #2b68ad;
  }
}
.root.page { height: 100%; }
:host([place=left]) .root:not(.aside), :host(:not([place=left])) .aside { --left: 16px; --right: auto; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol { margin: 0; padding: 0; font: inherit; }
a { color: var(--link); }
.number { white-space: nowrap; }
.shy::before { content: "\\ad"; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

/* Two rings, so that one of them stands out on any background. */
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }

button, .call, .tel {
  min-height: 44px; padding: .5em 1em; border: 2px solid var(--line); border-radius: 4px;
  font: inherit; font-weight: 600; line-height: 1.25; text-align: center; text-decoration: none; cursor: pointer;
  background: var(--paper); color: var(--link);
}
/* Not on a touch screen, where it would stay after a tap. */
@media (hover: hover) { button:hover, .call:hover, .tel:hover { text-decoration: underline; } }
.main, .launcher, .call { background: var(--main); border-color: var(--main); color: var(--main-ink); }
.danger, .acuut h3, .acuut h3 + .call {
  background: var(--danger); border-color: var(--danger); color: var(--danger-ink);
}
.main[aria-disabled=true] {
  background: var(--soft); border-color: var(--line); color: var(--muted); cursor: default;
}
svg {
  width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linejoin: round; stroke-linecap: round;
}

.launcher, .panel, .blank { position: fixed; z-index: 2147483647; }
.launcher {
  right: var(--right); left: var(--left); bottom: var(--weerbaar-chat-bottom, 16px); display: flex; gap: .5em; align-items: center;
  min-height: 48px; box-shadow: 0 2px 8px #0006; border: 2px solid var(--paper);
}
.badge { padding: 0 .5em; border-radius: 1em; background: var(--main-ink); color: var(--main); }
.blank { inset: 0; width: auto; height: auto; margin: 0; border: 0; padding: 0; background: #fff; }

.panel {
  container-type: size; margin: 0; padding: 0; color: inherit; background: var(--paper);
  inset: auto var(--right) 16px var(--left); width: 27em; height: 46em; max-width: calc(100% - 32px); max-height: calc(100% - 32px);
  border: 2px solid var(--line); border-radius: 6px; box-shadow: 0 4px 24px #0005; overflow: hidden;
}
.panel.cover, .page .panel {
  inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0; box-shadow: none;
}
.page .panel { position: static; }
.inner { display: flex; flex-direction: column; height: 100%; }
.cover .top, .cover .bar, .cover .compose { touch-action: pinch-zoom; }
dialog:not([open]) { display: none; }
.logo { height: 1.6em; width: auto; max-width: 6em; margin-right: .4em; vertical-align: middle; object-fit: contain; }
.ending { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 8px max(12px, 50% - 22em); border-top: 1px solid var(--line); }
.ending p { flex: 1 1 12em; }

.top { display: flex; align-items: center; gap: 8px; padding: 4px 8px; background: var(--main); color: var(--main-ink); }
h2 { flex: 1; min-width: 0; padding-left: 4px; line-height: 1.2; font-weight: 700; }
.actions { display: flex; flex-wrap: wrap; gap: 6px; justify-content: flex-end; }
.actions button {
  min-height: 36px; padding: 2px 8px; font-size: .875em; background: transparent; border: 1px solid; color: inherit;
}
/* The two numbers and the way out: one line at any width and any size of text. */
.bar {
  display: flex; gap: 4px; padding: 4px; background: var(--paper); border-bottom: 1px solid var(--line);
}
.top, .bar, .call, .row button { font-size: min(1em, 4.4vw); font-size: min(1em, 4.4cqi); }
.numbers { display: flex; flex: 1; gap: 4px; }
.tel, .bar .exit { flex: 1 0 auto; padding: 2px 6px; }
.tel { display: flex; flex-direction: column; justify-content: center; border-color: var(--link); }
.bar .exit { flex-grow: 0; background: var(--ink); border-color: var(--ink); color: var(--paper); }
.tel.danger { border-color: var(--danger); }
small { font-size: .75em; font-weight: 400; line-height: 1.2; }

.log {
  flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px max(12px, 50% - 22em);
  overflow-wrap: break-word; hyphens: auto;
}
.log:focus-visible { outline-offset: -3px; box-shadow: none; }
.text > * + *, .intro > * + * { margin-top: .75em; }
.log ul { padding-left: 1.25em; list-style: disc; }
.log ul li + li { margin-top: .25em; }
ol { list-style: none; }
ol > li { display: flow-root; margin-top: 16px; }
.bubble {
  width: fit-content; max-width: 92%; padding: 10px 14px; border: 1px solid var(--line);
  background: var(--soft); border-radius: 2px 12px 12px;
}
.bot .bubble { border-left: 4px solid var(--link); }
.mine .bubble {
  margin-left: auto; max-width: 85%; background: var(--mine); border-radius: 12px 2px 12px 12px;
  white-space: pre-line;
}
.source {
  margin-top: .75em; padding-top: .5em; border-top: 1px solid var(--line); font-size: .875em;
  color: var(--muted);
}
.note, .counter, .state { font-size: .875em; color: var(--muted); }
.counter:not(:empty) { margin-top: 4px; }
.over { font-size: 1em; font-weight: 600; color: var(--alarm); }
.note, .state { text-align: center; }
.mine .state { text-align: right; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.choices p { width: 100%; font-weight: 600; }
.choices button { padding: .5em .75em; border-color: var(--link); text-align: left; }
.typing { margin-top: 16px; color: var(--muted); }

details { margin-top: .25em; }
summary { padding: 10px 0; font-weight: 600; color: var(--link); cursor: pointer; }
details > * + p, details > div > p + p { margin-top: .5em; }

.card, .failure {
  width: 100%; max-width: 28em; border: 2px solid var(--link); border-radius: 6px; background: var(--paper);
  overflow: hidden;
}
.card > * { margin: 8px 12px 0; }
.bubble + .card, .card + .bubble { margin-top: 8px; }
h3 { display: flex; gap: .5em; align-items: center; font-size: 1.1em; font-weight: 700; line-height: 1.25; }
.card h3 { margin: 0; padding: 6px 12px; font-size: min(1.1em, 5cqi); background: var(--main); color: var(--main-ink); }
.card .call { display: grid; align-content: center; justify-items: center; padding: 4px 8px; background: var(--paper); color: var(--link); border-color: var(--link); }
.call > span { display: inline-flex; gap: .35em; align-items: center; vertical-align: middle; }
.call small { font-size: .8125em; }
summary .number { white-space: normal; }
.card h3 + .call { background: var(--main); color: var(--main-ink); border-color: var(--main); }
.card h3 + .call > span { font-size: 1.2em; }
.card.acuut { border: 4px double var(--danger); }
.card.acuut h3 { background: var(--danger); color: var(--danger-ink); }
.card.acuut h3 + .call {
  min-height: 72px; background: var(--danger); color: var(--danger-ink); border-color: var(--danger);
}
.card.acuut h3 + .call > span { font-size: 1.75em; }
.card.zorg { border-width: 1px; border-color: var(--line); }
.card.zorg h3 { background: none; color: inherit; }
.copy, .vote { display: flex; flex-wrap: wrap; gap: 4px 8px; margin-top: 8px; }
.card .copy { margin-top: 0; padding-bottom: 12px; }
.copy p, .vote p { width: 100%; }
.plain { border-width: 1px; font-weight: 400; padding: .25em .75em; }
[aria-pressed=true] { border-width: 4px; }
.failure { padding: 14px; border-style: dashed; border-color: var(--danger); }
.failure .numbers { flex-wrap: wrap; padding: 12px 0; }
.failure .text { margin-top: 8px; }

.compose { padding: 8px max(12px, 50% - 22em) 12px; border-top: 1px solid var(--line); background: var(--paper); }
label { display: block; margin-bottom: 4px; font-size: .875em; }
.row { display: flex; gap: 8px; align-items: flex-end; }
textarea {
  flex: 1; min-width: 0; min-height: 44px; max-height: 8.9em; padding: .5em .75em;
  border: 2px solid var(--line); border-radius: 4px; font: inherit; color: inherit; background: var(--paper);
  resize: none;
}
textarea:focus-visible { outline-offset: 0; }
textarea::placeholder { color: transparent; opacity: 1; white-space: nowrap; }
textarea[aria-invalid] { border-color: var(--danger); border-style: dashed; }

@container (max-width: 30em) {
  .bel { position: absolute; clip-path: inset(50%); }
  .danger .bel { position: static; clip-path: none; }
}
@container (max-width: 23em) {
  .choices button { padding-inline: .5em; }
}
@container (max-height: 36em) {
  label { position: absolute; clip-path: inset(50%); }
  .compose { padding-block: 4px; }
  textarea::placeholder { color: var(--muted); }
}
/* Little height (zoom of 400 %, phone on its side): all of it scrolls, the numbers and the input stay. */
@container (max-height: 20em) {
  .inner { overflow-y: auto; scroll-padding: 4em 0; }
  .log { flex: 1 0 auto; overflow: visible; }
  .bar, .compose { position: sticky; top: 0; bottom: 0; z-index: 1; }
  textarea { max-height: 4.5em; }
}
@container (max-height: 15em) {
  .compose { position: static; }
}
/* On paper a page is as it is without the chat, and the page of the chat is its two numbers. */
@media print {
  .launcher, dialog, .blank, .top, .bar .exit, .log, .ending, .compose { display: none !important; }
  .tel { background: none; color: #000; }
}
@media (forced-colors: active) {
  .top { border-color: CanvasText; }
  .blank { forced-color-adjust: none; }
  .mine .bubble { border-style: dashed; }
  .main[aria-disabled=true] { border-color: GrayText; color: GrayText; }
}
`;

/**
 * Gives the chat its looks. Where the host forbids <style>, an old browser shows everything without looks.
 * @param {ShadowRoot} root
 */
export function addStyle(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Safari before 16.4 cannot construct a style sheet.
    root.append(element('style', {}, CSS));
  }
}
