/** What of the page lies below the chat. */

const CONTROLS = 'a, button, input, select, textarea, summary, iframe, [role=button]';

/** Whether most of a node lies below another. @param {Element} above @param {Element | null} node */
export function covers(above, node) {
  if (!node || node === document.body) return false;
  const a = above.getBoundingClientRect();
  const b = node.getBoundingClientRect();
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 && width * height > (b.width * b.height) / 2;
}

/**
 * The top of the highest thing of the page in this place that somebody may have to reach: what has the focus, a button in
 * a bar that stays on the screen, and any button when the page cannot be scrolled further. Infinity when there is none.
 * @param {DOMRect} box @param {Element} own
 */
export function highestBelow({ left, right, top, bottom }, own) {
  let highest = Infinity;
  for (let x = left; x < right; x += 16) {
    for (const y of [top, (top + bottom) / 2, bottom - 1]) {
      for (const node of document.elementsFromPoint(x, y)) {
        const control = (node.shadowRoot?.elementFromPoint(x, y) ?? node).closest(CONTROLS);
        if (node !== own && control) highest = Math.min(highest, topOfObstacle(node, control));
      }
    }
  }
  return highest;
}

/** The top of a control, or of the bar that it is in. @param {Element} node @param {Element} control in it */
function topOfObstacle(node, control) {
  const { clientHeight, scrollHeight } = document.documentElement;
  const bar = fixedAround(node);
  const atEnd = scrollY + clientHeight >= scrollHeight - 1;
  if (!bar && !atEnd && control !== document.activeElement) return Infinity;
  // All of the bar, unless it covers the screen.
  const whole = bar && bar.clientHeight < clientHeight / 2 ? bar : control;
  return whole.getBoundingClientRect().top;
}

/** The bar around a node that stays on the screen while the page scrolls. @param {Element} node */
function fixedAround(node) {
  /** @type {Element | null} */
  let bar = node;
  while (bar && !/fixed|sticky/.test(getComputedStyle(bar).position)) bar = bar.parentElement;
  return bar;
}
