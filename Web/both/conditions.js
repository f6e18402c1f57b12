// What a view shows when it has nothing to show: it waits, it is empty, or it could not be read.
import { el } from './dom.js';
import { words } from './words.js';

/** @param words what is waited for */
export const waiting = (words) => el('p', { className: 'hint waiting', role: 'status', textContent: words });

/** @param words what would stand here */
export const empty = (words) => el('p', { className: 'hint', textContent: words });

/** Why something cannot be shown, in plain words. */
export function why(error) {
  if (isOffline(error)) return words('why.offline');
  if (error.status === 429) return words('why.tooOften');
  if (error.status >= 500) return words('why.unanswered');
  return error.message;
}

/** What `fetch` throws when nothing answers, in the words of each browser: a mistake of ours is a TypeError, too. */
const isOffline = (error) => !navigator.onLine || error.name === 'TimeoutError'
  || (error instanceof TypeError && /fetch|network|load failed/i.test(error.message));

/**
 * Says that something could not be shown, and offers to try again. Without a connection it tries by itself as soon as
 * there is one.
 * @param again shows it once more
 */
export function trouble(error, again) {
  const button = el('button', { type: 'button', textContent: words('common.tryAgain') });
  const node = el('div', { className: 'trouble' }, el('p', { className: 'error', role: 'alert', textContent: why(error) }), button);
  const once = new AbortController();
  const retry = () => {
    once.abort();
    if (!node.isConnected) return;
    // The focus must not fall out of the page with the button.
    const heading = node.contains(document.activeElement) && node.closest('section')?.querySelector('h2');
    if (heading) heading.tabIndex = -1;
    if (heading) heading.focus();
    node.replaceWith(waiting(words('common.moment')));
    again();
  };
  button.onclick = retry;
  if (isOffline(error)) addEventListener('online', retry, { signal: once.signal });
  return node;
}
