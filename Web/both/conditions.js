// What a view shows when it has nothing to show: it waits, it is empty, or it could not be read.
import { el } from './dom.js';
import { words } from './words.js';

/**
 * @param words what is waited for
 * @param lines how many are drawn to keep the place of what comes; the words are for screen readers alone then
 */
export function waiting(words, lines = 0) {
  if (!lines) return el('p', { className: 'hint waiting', role: 'status', textContent: words });
  return el('div', { className: 'waiting', role: 'status' }, el('span', { className: 'visually-hidden', textContent: words }),
    ...Array.from({ length: lines }, () => el('span', { className: 'bone' })));
}

/** @param words what would stand here */
export const empty = (words) => el('p', { className: 'hint nothing', textContent: words });

/** @type {{ words: (error: any) => string | undefined, reference: (error: any) => string | undefined }} */
const own = { words: () => undefined, reference: () => undefined };

/**
 * For a document whose reader wants to know more.
 * @param words gives its own words for an error, if it has some
 * @param reference gives what the logs have the error by
 */
export const explainBy = (words, reference) => { Object.assign(own, { words, reference }); };

/** Why something cannot be shown, in plain words. */
export function why(error) {
  if (isOffline(error)) return words('why.offline');
  const special = own.words(error);
  if (special) return special;
  if (error.status === 429) return words('why.tooOften');
  if (error.status >= 500) return words('why.unanswered');
  return error.message;
}

/** What `fetch` throws when nothing answers, in the words of each browser: a mistake of ours is a TypeError, too. */
export const isOffline = (error) => !navigator.onLine || error.name === 'TimeoutError'
  || (error instanceof TypeError && /fetch|network|load failed/i.test(error.message));

/**
 * Says that something could not be shown, and offers to try again. Without a connection it tries by itself as soon as
 * there is one.
 * @param again shows it once more
 */
export function trouble(error, again) {
  const button = el('button', { type: 'button', textContent: words('common.tryAgain') });
  const reference = own.reference(error);
  const node = el('div', { className: 'trouble' }, el('p', { className: 'error', role: 'alert', textContent: why(error) }),
    reference ? el('p', { className: 'hint', textContent: reference }) : null, button);
  const once = new AbortController();
  const retry = () => {
    once.abort();
    if (!node.isConnected) return;
    // The focus must not fall out of the page with the button.
    if (node.contains(document.activeElement)) focusHeading(node);
    node.replaceWith(waiting(words('common.moment')));
    again();
  };
  button.onclick = retry;
  if (isOffline(error)) addEventListener('online', retry, { signal: once.signal });
  return node;
}

/** Leads the reader to the heading of the part of the page that a node is in, or of the whole view. */
export function focusHeading(node) {
  const heading = node.closest('section')?.querySelector('h1, h2') ?? document.querySelector('main h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}
