// A place of a view that is filled from the server: it waits, shows what was found, or says what kept it.
import { focusHeading, isOffline, trouble, waiting, why } from './conditions.js';

const RETRY_MS = 5000;
/** What ends the wait of a place that tries again by itself. */
const retrying = new WeakMap();
/** The newest question of each place: an older answer that comes later is not painted. */
const newest = new WeakMap();

function drop(place) {
  newest.delete(place);
  retrying.get(place)?.abort();
  place.removeAttribute('aria-busy');
}

/** Empties a place, and drops what is on its way for it. */
export function clear(place) {
  drop(place);
  place.replaceChildren();
}

/** Puts nodes into a place. What had the focus there has it again if it is there again, and else its heading. */
export function repaint(place, nodes) {
  // What is still on its way for this place is older.
  drop(place);
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  place.replaceChildren(...[nodes].flat().filter(Boolean));
  if (!held || held.isConnected) return;
  const again = [...place.querySelectorAll('button, a')].find(({ textContent: text }) => text === held.textContent);
  if (again) again.focus(); else focusHeading(place);
}

/** A browser may say that the network is back before a request gets through: then nothing else tells of it. */
function tryLater(place, body, signal) {
  const stop = new AbortController();
  retrying.set(place, stop);
  const timer = setTimeout(body, RETRY_MS);
  stop.signal.addEventListener('abort', () => clearTimeout(timer));
  signal.addEventListener('abort', () => stop.abort(), { signal: stop.signal });
}

/**
 * Fills a place with what `load` gives and `paint` makes nodes of.
 * @param {HTMLElement} place
 * @param {() => Promise<any>} load
 * @param {(found: any) => any} paint
 * @param {AbortSignal} signal aborted when the view is left: then nothing is painted any more
 */
export function fill(place, load, paint, signal) {
  if (!place.hasChildNodes()) place.append(waiting('Loading', 3));
  return ask(null);

  /** @param {string | null} said what the place says already: it is not said again */
  async function ask(said) {
    drop(place);
    const own = Symbol('question');
    newest.set(place, own);
    const isWanted = () => !signal.aborted && newest.get(place) === own;
    place.setAttribute('aria-busy', 'true');
    let found;
    try {
      found = await load();
    } catch (error) {
      if (!isWanted()) return;
      if (said === why(error)) drop(place);
      else repaint(place, trouble(error, () => ask(null)));
      if (isOffline(error)) tryLater(place, () => ask(why(error)), signal);
      return;
    }
    if (isWanted()) repaint(place, paint(found));
  }
}
