// The ring around the clock: the time that is left of what there was, in a colour and in words.
import { byId } from '../both/dom.js';
import { clock } from '../both/format.js';
import { svg } from '../both/svg.js';
import { words } from '../both/words.js';

const LOW_MS = 60_000;
const LAST_MS = 15_000;
/** The radius at which the circle is 100 long, so that its dashes are per cent. */
const RADIUS = 15.9155;

let arc = null;

/** `plenty`, `low` under a minute, or `last` under a quarter of it. */
export function timeLevel(remaining) {
  if (remaining <= LAST_MS) return 'last';
  return remaining <= LOW_MS ? 'low' : 'plenty';
}

export function makeRing() {
  const circle = (name) => svg('circle', { class: name, cx: 18, cy: 18, r: RADIUS });
  arc = circle('arc');
  // It begins at the top.
  arc.setAttribute('transform', 'rotate(-90 18 18)');
  byId('ring').replaceChildren(svg('svg', { viewBox: '0 0 36 36', 'aria-hidden': 'true' }, circle('track'), arc));
}

/**
 * Shows the time that is left.
 * @param full what there was at the start or after the last top-up; 0 if nobody talks here
 */
export function paintTime(remaining, full = 0) {
  const text = clock(remaining);
  const face = byId('clock');
  if (face.textContent !== text) face.textContent = text;
  face.classList.toggle('long', text.length > 5);
  const part = full > 0 ? Math.min(1, remaining / full) : Number(remaining > 0);
  // A round end would be seen even where nothing is left.
  arc.setAttribute('stroke-dasharray', part > 0 ? `${(part * 100).toFixed(2)} 100` : '0 100');
  arc.classList.toggle('none', part === 0);
  const level = full > 0 ? timeLevel(remaining) : 'plenty';
  byId('talk-card').dataset.level = level;
  byId('talk-card').classList.toggle('low', level !== 'plenty');
  const words = levelWords(level, full);
  if (byId('ring-words').textContent !== words) byId('ring-words').textContent = words;
}

function levelWords(level, full) {
  if (level === 'last') return words('ring.last');
  if (level === 'low') return words('ring.low');
  return full > 0 ? words('ring.of', { full: clock(full) }) : words('ring.rest');
}
