// The addresses of the page's views. Home is one document in all of them. A view is shown or hidden and never made
// anew, so that a talk, an open order and the timers go on.
import { byId } from '../both/dom.js';
import { words } from '../both/words.js';

const NAME = 'Talktime';

/** The views of somebody who is signed in, with the keys of their words. `/` shows the talk. */
const views = {
  '/': { name: 'talk', title: 'nav.talk', heading: 'home.heading' },
  '/talk': { name: 'talk', title: 'nav.talk', heading: 'home.heading' },
  '/talks': { name: 'talks', title: 'history.title', heading: 'history.heading' },
  '/purchases': { name: 'purchases', title: 'purchases.title', heading: 'purchases.heading' },
  '/forgot': { name: 'talk', title: 'entry.forgot', heading: 'home.heading' },
  '/account': { name: 'account', title: 'account.title', heading: 'account.heading' },
};

/** The views of one record each, which the rest of the address names. They belong to another view. */
const records = [
  { at: /^\/talks\/[\w-]{22}$/, name: 'talk-record', within: 'talks', title: 'record.one', heading: 'record.heading' },
  {
    at: /^\/statement\/\d{4}-(0[1-9]|1[0-2])$/, name: 'statement', within: 'purchases', title: 'statement.link',
    heading: 'statement.heading',
  },
];
const recordAt = (place) => records.find(({ at }) => at.test(place));

/** What is for those who are not signed in. Any other address shows them the form to sign in, and then its view. */
const entries = {
  '/': { title: 'entry.landingTitle', form: 'register' },
  '/sign-up': { title: 'nav.signUp', form: 'register' },
  '/sign-in': { title: 'nav.signIn', form: 'login' },
  '/forgot': { title: 'entry.forgot', form: 'login' },
};

/** Where each entry of the browser's history was scrolled to, by its number. */
const scrolls = new Map();
let number = 0;
/** The path whose view is shown. */
let shown = null;
let isHome = false;
/** @type {(form: string) => void} */
let onEntry = () => {};

/** The address's path as the tables above have it. */
export const path = () => location.pathname.toLowerCase();

/** The name of the view that is shown; null if nobody is signed in. */
export const currentView = () => (isHome ? viewAt(path()).name : null);
const viewAt = (place) => views[place] ?? recordAt(place) ?? views['/'];

/** @param showForm shows one of the entry's forms: `register` or `login` */
export function attendAddresses(showForm) {
  onEntry = showForm;
  history.scrollRestoration = 'manual';
  number = history.state?.number ?? 0;
  addEventListener('scroll', () => scrolls.set(number, scrollY), { passive: true });
  addEventListener('popstate', ({ state }) => {
    // Only the fragment has changed, as by a mailed link or the link to the content.
    if (path() === shown) return;
    number = state?.number ?? 0;
    show();
    scrollTo(0, scrolls.get(number) ?? 0);
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    // A fragment leads to a place in the view that is shown, as the link to the content does.
    if (link.target || link.hash || link.origin !== location.origin) return;
    if (!(link.pathname in views || link.pathname in entries || recordAt(link.pathname))) return;
    event.preventDefault();
    go(link.pathname);
  });
}

/**
 * Shows what the address is for. To be called when somebody has signed in or out.
 * @param isMoved whether the user did something that leads here, so that the focus goes along
 */
export function showAddress(isSignedIn, { isMoved = false } = {}) {
  isHome = isSignedIn;
  if (isMoved) show(); else paint();
}

/** Goes to another address of the page, as a link does. */
export function go(place) {
  if (place === path() || place === location.pathname) {
    show();
    scrollTo(0, 0);
    return;
  }
  scrolls.set(number, scrollY);
  number += 1;
  history.pushState({ number }, '', place + kept());
  scrolls.delete(number);
  show();
  scrollTo(0, 0);
}

/** Changes the address of what is shown. */
export function replace(place) {
  history.replaceState({ number }, '', place + kept());
  shown = place;
  paintTitle();
}

/** The fragment of a mailed link to a plan or a receipt, which waits until somebody is signed in. */
const kept = () => (/^#(plan|receipt)=/.test(location.hash) ? location.hash : '');

/** Shows the view of the address, and puts the focus on its heading. */
function show() {
  paint();
  const within = isHome ? `[data-view=${currentView()}] h2` : path() === '/' ? '#pitch-title' : '#entry-title';
  const isVisible = (node) => node.checkVisibility?.() ?? true;
  const heading = [...document.querySelectorAll(`#main ${within}`)].find(isVisible) ?? byId('view-title');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus({ preventScroll: true });
}

function paint() {
  // Going back may lead there, too.
  if (isHome && ['/sign-in', '/sign-up'].includes(path())) replace('/talk');
  shown = path();
  const root = document.documentElement;
  if (isHome) {
    root.dataset.place = 'home';
    const { name, heading, within = name } = viewAt(path());
    for (const node of document.querySelectorAll('#main [data-view]')) {
      node.classList.toggle('away', node.dataset.view !== name);
    }
    for (const link of byId('views').children) {
      const isCurrent = viewAt(link.pathname).name === within;
      if (isCurrent) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
    }
    byId('view-title').textContent = words(heading);
  } else {
    root.dataset.place = path() === '/' ? 'landing' : 'entry';
    onEntry((entries[path()] ?? entries['/sign-in']).form);
  }
  paintTitle();
  document.dispatchEvent(new CustomEvent('view-shown', { detail: currentView() }));
}

/** Gives the view a title of its own, such as that of one record. */
export function entitle(title) { document.title = `${title} – ${NAME}`; }

function paintTitle() {
  const { title } = isHome ? viewAt(path()) : entries[path()] ?? entries['/sign-in'];
  document.title = !isHome && path() === '/' ? words(title) : `${words(title)} – ${NAME}`;
}
