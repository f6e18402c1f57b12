// What happened to the security of an account, in pages.
import { trouble, waiting } from '../both/conditions.js';
import { byId, el } from '../both/dom.js';
import { when } from '../both/format.js';
import { Pages } from '../both/pages.js';
import { hasWords, words } from '../both/words.js';

/** How somebody signed in, by the names that the server has. */
const waysOf = (detail = '') => detail.split(/[\s,]+/).map((name) => `trail.by.${name}`).filter(hasWords).map((key) => words(key));

let events = null;
document.addEventListener('user-left', () => { events = null; });

/** Reads the trail, which has just been opened. */
export async function showTrail() {
  const place = byId('trail');
  place.replaceChildren(el('li', {}, waiting(words('trail.waiting'))));
  events = new Pages('/auth/trail', 20, ({ at, kind, device }) => `${at} ${kind} ${device}`);
  try {
    await events.refresh();
    paint();
  } catch (error) {
    place.replaceChildren(el('li', {}, trouble(error, showTrail)));
  }
}

function paint() {
  const place = byId('trail');
  if (!place || !events) return;
  place.replaceChildren(...events.items.map(item), ...(events.hasMore ? [older(events.items.length)] : []));
}

function item({ kind, at, network, detail }) {
  const more = [when(at), ...waysOf(detail), network].filter(Boolean).join(', ');
  return el('li', {}, el('span', { textContent: hasWords(`trail.${kind}`) ? words(`trail.${kind}`) : kind }), el('span', { className: 'hint', textContent: more }));
}

function older(count) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: words('trail.older') });
  button.onclick = async () => {
    button.disabled = true;
    try {
      await events.more();
      paint();
      const next = byId('trail')?.children[count];
      if (next) next.tabIndex = -1;
      next?.focus();
    } catch (error) { button.parentElement?.replaceChildren(trouble(error, paint)); }
  };
  return el('li', {}, button);
}
