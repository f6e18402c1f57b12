// The states of every view: it is loading, there is nothing, it failed, or there is no network.
import { el } from '../both/dom.js';

/** While something is on its way. The lines keep its place, so that little moves when it comes. */
export function loading(lines = 3) {
  const bars = Array.from({ length: lines }, () => el('span', { className: 'bone' }));
  const node = el('div', { className: 'loading' }, el('span', { className: 'visually-hidden', textContent: 'Loading' }),
    ...bars);
  node.setAttribute('role', 'status');
  return node;
}

export const empty = (text) => el('p', { className: 'hint nothing', textContent: text });

const words = {
  forbidden: 'Your rights as an operator have ended. Sign in again with your second factor.',
  role_required: 'Your role may not do this.',
  reauthentication_required: 'Nothing was changed, because you did not confirm that it is you.',
  daily_cap_reached: 'Nothing was changed: this would be above what your role may do in a day.',
  idempotency_key_reused: 'This was sent before with other figures. Close the dialog and begin again.',
  idempotency_in_flight: 'The same request is still under way. Look again in a moment.',
  service_unavailable: 'The service cannot answer just now.',
  rate_limited: 'There were too many requests. Wait a moment.',
  not_found: 'There is no such thing, or not any more.',
};

/** The network has failed, and not the server. */
export const isNetwork = (error) => error instanceof TypeError || error.name === 'TimeoutError';

/** What went wrong, in a sentence. */
export function told(error) {
  if (isNetwork(error)) {
    return navigator.onLine ? 'Talktime cannot be reached.' : 'You are offline.';
  }
  return error.problem?.errors?.map(({ message }) => message).join(' ') || words[error.code] || error.message;
}

/** An error in the place of what it kept from coming, with a way on. The number finds the request in the logs. */
export function failed(error, again) {
  const reference = error.problem?.instance;
  return el('div', { className: 'failed' }, el('p', { className: 'error', textContent: told(error) }),
    reference ? el('p', { className: 'hint', textContent: `Request ${reference}` }) : null,
    again ? el('button', { type: 'button', textContent: 'Try again', onclick: again }) : null);
}

const headingOf = (place) => place.closest('section')?.querySelector('h2') ?? document.querySelector('#view h1');

// The places that wait for the network.
const waiting = new WeakMap();
// The newest question of each place: an older answer that comes later is not painted.
const newest = new WeakMap();

function drop(place) {
  newest.delete(place);
  waiting.get(place)?.abort();
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
  (again ?? headingOf(place))?.focus();
}

const RETRY_MS = 5000;

/** Tries again when the network may be back. A browser may say so before a request gets through. */
function whenReached(place, body, signal) {
  const stop = new AbortController();
  waiting.set(place, stop);
  const timer = setTimeout(body, RETRY_MS);
  stop.signal.addEventListener('abort', () => clearTimeout(timer));
  signal.addEventListener('abort', () => stop.abort(), { signal: stop.signal });
  addEventListener('online', body, { signal: stop.signal });
}

/**
 * Fills a place with what `load` gives and `paint` makes nodes of.
 * @param signal aborted when the view is left: then nothing is painted any more
 */
export async function fill(place, load, paint, signal) {
  drop(place);
  const own = Symbol('question');
  newest.set(place, own);
  const isWanted = () => !signal.aborted && newest.get(place) === own;
  if (!place.hasChildNodes()) place.replaceChildren(loading());
  place.setAttribute('aria-busy', 'true');
  const again = async () => {
    place.replaceChildren(loading());
    await fill(place, load, paint, signal);
    if (!signal.aborted) headingOf(place)?.focus();
  };
  let found;
  try {
    found = await load();
  } catch (error) {
    if (!isWanted()) return;
    repaint(place, failed(error, again));
    if (isNetwork(error)) whenReached(place, () => fill(place, load, paint, signal), signal);
    return;
  }
  if (isWanted()) repaint(place, paint(found));
}
