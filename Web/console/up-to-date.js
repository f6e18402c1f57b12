// What is shown is looked at again and again. While that fails it stays, and beside it stands why it is old.
import { why } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { fill } from '../both/places.js';
import { poll } from './poll.js';

/** Where it is said that something is old. */
export const staleNote = () => {
  const note = el('p', { className: 'stale', hidden: true });
  note.setAttribute('role', 'status');
  return note;
};

/** @returns a body for `poll`, which says in the note how it went */
const keptUpToDate = (note, body) => async () => {
  try {
    const found = await body();
    note.hidden = true;
    note.textContent = '';
    return found;
  } catch (error) {
    const words = `Not up to date: ${why(error)}`;
    if (note.textContent !== words) note.textContent = words;
    note.hidden = false;
    throw error;
  }
};

/**
 * Fills a place, and looks again and again once that was possible.
 * @param {HTMLElement} place
 * @param {HTMLElement} note
 * @param {{ load: () => Promise<any>, paint: (found: any) => any, update: (found: any) => void }} what `paint` makes
 *   the nodes, and `update` brings them to what a later look has found
 * @param {number} every the pause in milliseconds
 * @param {AbortSignal} signal
 */
export function follow(place, note, { load, paint, update }, every, signal) {
  let isFollowed = false;
  const begin = () => {
    if (isFollowed) return;
    isFollowed = true;
    poll(keptUpToDate(note, async () => {
      const found = await load();
      if (!signal.aborted) update(found);
    }), every, signal, every);
  };
  return fill(place, load, (found) => {
    begin();
    return paint(found);
  }, signal);
}
