/** 'Snel weg': first what the eye sees, then the rest. Nothing may stand in the way of leaving. */
import { element } from './dom.js';

export const EXIT_URL = 'https://www.google.nl/';

/** Covers the page. @param {ShadowRoot} root */
export function coverPage(root) {
  const blank = element('div', { class: 'blank', popover: 'manual' });
  root.querySelector('.root')?.append(blank);
  // Over every other layer, also those of the host.
  if ('showPopover' in blank) blank.showPopover();
}

/** @param {string} url */
export function leavePage(url) {
  try {
    // The next site is not told where the visitor came from.
    document.head?.append(element('meta', { name: 'referrer', content: 'no-referrer' }));
    // In a frame the whole page must go. replace(): the Back button does not come back here.
    const top = window.top ?? window;
    for (const page of [window, top]) nameTab(page, url);
    top.location.replace(url);
  } catch {
    // The page around the frame does not let us go: then at least nothing is left inside.
    location.replace('about:blank');
  }
}

/** The next page may be slow: until it is there the tab already has its name. @param {Window} page @param {string} url */
function nameTab(page, url) {
  try {
    page.document.title = new URL(url).hostname;
  } catch {
    // A frame cannot name the tab of another site.
  }
}
