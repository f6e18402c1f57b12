// The views have addresses in the fragment, such as #tasks?state=failed. No server sees it.
import { trouble } from '../both/conditions.js';

/** The address of a view with its filters; what is empty is left out. */
export function address(path, query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return `#${path}${search ? `?${search}` : ''}`;
}

export const go = (path, query) => { location.hash = address(path, query); };

/** The path and the filters that are open. */
export function opened() {
  const [path, search = ''] = location.hash.slice(1).split(/\?(.*)/s);
  return { path: path || 'overview', query: Object.fromEntries(new URLSearchParams(search)) };
}

/**
 * Shows the view of the address, now and whenever it changes.
 * @param views a map from the pattern of a path to `{ title, show(place, parts, query, signal) }`
 * @param onShow hears the path and the title of each view
 * @returns ends it
 */
export function route(views, place, onShow) {
  let leaving = new AbortController();
  let last = null;
  /** A view that cannot be shown says so. */
  const tryToShow = (view, parts, query) => {
    try {
      view.show(place, parts, query, leaving.signal);
    } catch (error) {
      // A part of it may be there.
      leaving.abort();
      place.replaceChildren(Object.assign(document.createElement('h1'), { textContent: view.title, tabIndex: -1 }),
        trouble(error, open));
    }
  };
  const open = () => {
    leaving.abort();
    leaving = new AbortController();
    const { path, query } = opened();
    const matches = [...views].map(([pattern, each]) => [path.match(pattern), each]);
    const [found, view] = matches.find(([match]) => match) ?? [[]];
    const title = view?.title ?? 'Not found';
    const isSame = last === path;
    onShow(path, title, isSame);
    place.replaceChildren();
    if (view) tryToShow(view, found.slice(1), query);
    else place.append(Object.assign(document.createElement('h1'),
      { textContent: 'There is no such view', tabIndex: -1 }));
    // The reader is led to what has changed, but for the first view, where the browser has put the focus.
    if (last !== null) ((isSame && place.querySelector('[data-found]')) || place.querySelector('h1'))?.focus();
    last = path;
  };
  addEventListener('hashchange', open);
  open();
  return () => {
    removeEventListener('hashchange', open);
    leaving.abort();
  };
}
