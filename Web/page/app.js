import * as api from '../both/api.js';
import { alarm, byId, el } from '../both/dom.js';
import { chooseLanguage, language, translate, useLanguage, words } from '../both/words.js';
import { showEntry, showForm } from './entry.js';
import { showLanding } from './landing.js';
import { askAboutLink } from './mailed-links.js';
import { attendAddresses, path, replace, showAddress } from './router.js';
import { watchHealth } from './status-line.js';

/** What the document shows to those who are not signed in, as it came. */
const visitors = byId('main').cloneNode(true);
/** The module of home, once somebody is signed in. */
let home = null;
/** Counts sign-ins and sign-outs: what was begun before the last one is not finished. */
let turn = 0;
/** Whether the user is signing out: what is asked meanwhile may hear of it first, and that is no loss. */
let isSigningOut = false;

async function config() {
  try {
    const response = await fetch('/config.json', { cache: 'no-store' });
    return response.ok ? await response.json() : {};
  } catch { return {}; }
}

const settings = config();

/** The next page that is loaded here begins with home, before the server has answered (see first-view.js). */
function remember(isSignedIn) {
  try {
    if (isSignedIn) localStorage.setItem('talktime-signed-in', 'yes');
    else localStorage.removeItem('talktime-signed-in');
  } catch { /* Without a store the landing is seen for a moment. */ }
}

/** @param isMoved whether the user has just signed in, and did not only load the page */
async function signedIn(user, { isMoved = false } = {}) {
  turn += 1;
  const mine = turn;
  remember(true);
  let given;
  try {
    [home, given] = await Promise.all([import('./home.js'), settings, addStyles()]);
  } catch {
    if (mine === turn) tellUnloaded();
    return;
  }
  if (mine !== turn) return;
  byId('account').hidden = false;
  byId('who').textContent = user.name || user.email;
  document.body.dataset.view = 'home';
  home.showHome(user, given);
  showAddress(true, { isMoved });
}

/** Home's styles stand in its template until somebody is signed in: the first view does without them. */
function addStyles() {
  const { content } = byId('view-home');
  return Promise.all([...content.querySelectorAll('link')].map((link) => new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  })));
}

/** A module that could not be loaded is not asked for again before the next load of the page. */
function tellUnloaded() {
  document.documentElement.dataset.place = 'home';
  const again = el('button', { className: 'primary', textContent: words('app.reload') });
  again.onclick = () => location.reload();
  byId('main').replaceChildren(el('section', { className: 'card', role: 'alert' },
    el('h1', { textContent: words('app.signedIn') }),
    el('p', { textContent: words('app.unloaded') }),
    again));
}

/**
 * Shows the page of those who are not signed in. `user-left` is emitted at the document, on which the modules forget
 * what they keep of the user; `signing-out` only closes what is asked, since a sign-out may fail.
 * @param address where to; without it the view is shown again after the next sign-in
 */
function signedOut(address, { isMoved = false } = {}) {
  turn += 1;
  // Whatever was begun since goes on unseen otherwise.
  home?.leaveTalk();
  document.dispatchEvent(new Event('user-left'));
  remember(false);
  byId('account').hidden = true;
  const isFirst = !document.body.dataset.view && byId('entry-form');
  document.body.dataset.view = 'entry';
  // What was typed before this module was there stays.
  if (!isFirst) byId('main').replaceChildren(...visitors.cloneNode(true).childNodes);
  if (!isFirst) byId('entry-form').reset();
  if (address) replace(address);
  showEntry(settings, (user) => signedIn(user, { isMoved: true }));
  showLanding(settings);
  showAddress(false, { isMoved });
}

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

/** The user whose session goes on; null if there is none. Waits while the server cannot tell. */
async function restored() {
  const mine = turn;
  for (let wait = 1; ; wait = Math.min(wait * 2, 30)) {
    try {
      return await api.refresh();
    } catch (error) {
      if (mine !== turn || api.isSessionOver(error) || error.status === 403) return null;
      delete document.body.dataset.view;
      document.documentElement.dataset.place = 'home';
      byId('main').replaceChildren(el('p', { id: 'waiting', textContent: words('app.waiting') }));
      await pause(Math.max(wait, error.retryAfter ?? 0));
    }
  }
}

/** Whether somebody may be signed in whom this page does not remember. */
async function mayBeSignedIn() {
  try {
    return (await api.get('/auth/sign-in-cookie')).present;
  } catch { return false; }
}

/** A mailed link was used: it may have ended every device, this one included. */
async function used(name) {
  if (name === 'verify' && home) await home.showWhetherProven();
  if (!['reset', 'code', 'undo'].includes(name)) return;
  document.dispatchEvent(new Event('signing-out'));
  await home?.endTalk();
  await api.logout().catch(() => {});
  signedOut('/sign-in');
  if (name === 'undo') location.hash = 'forgot';
}

async function signOut() {
  if (isSigningOut) return;
  isSigningOut = true;
  const mine = turn;
  document.dispatchEvent(new Event('signing-out'));
  try {
    await home.endTalk();
    await api.logout();
  } catch {
    // It is known by another answer that nobody is signed in any more.
    if (mine !== turn) return;
    alarm(words('app.stillSignedIn'));
    home.stay();
    return;
  } finally {
    isSigningOut = false;
  }
  if (mine === turn) signedOut('/', { isMoved: true });
}

function lostSignIn() {
  // Several requests may hear it.
  if (document.body.dataset.view === 'entry') return;
  if (isSigningOut) {
    signedOut('/', { isMoved: true });
    return;
  }
  document.dispatchEvent(new Event('signing-out'));
  alarm(words(home?.isTalking() ? 'app.signedOutInTalk' : 'app.signedOut'));
  // The landing is for those who come, and not for those who were here.
  signedOut(path() === '/' ? '/sign-in' : null, { isMoved: true });
}

/** A choice of language at the foot of the page, which is hidden while one talks. */
function offerLanguages() {
  const field = byId('language');
  field.value = language;
  field.onchange = () => chooseLanguage(field.value);
}

async function begin() {
  await useLanguage();
  translate(visitors);
  offerLanguages();
  watchHealth();
  byId('sign-out').onclick = signOut;
  document.addEventListener('signed-out', lostSignIn);
  attendAddresses(showForm);
  const ask = () => askAboutLink(used);
  addEventListener('hashchange', ask);
  document.addEventListener('view-shown', ask);
  const isRemembered = document.documentElement.dataset.place === 'home';
  if (!isRemembered) {
    signedOut();
    document.dispatchEvent(new Event('page-ready'));
    if (!await mayBeSignedIn()) return;
  }
  const mine = turn;
  const user = await restored();
  // Somebody may have signed in by hand meanwhile.
  if (mine !== turn) return;
  if (user) await signedIn(user); else if (document.body.dataset.view !== 'entry') signedOut();
  document.dispatchEvent(new Event('page-ready'));
}

begin();
