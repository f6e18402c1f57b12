import * as api from '../both/api.js';
import { alarm, byId, el } from '../both/dom.js';
import { showEntry } from './entry.js';
import { showHome } from './home.js';
import { askAboutLink } from './mailed-links.js';
import { watchHealth } from './status-line.js';
import { endTalk, isTalking, leaveTalk } from './talk-view.js';

async function config() {
  try {
    const response = await fetch('/config.json', { cache: 'no-store' });
    return response.ok ? await response.json() : {};
  } catch { return {}; }
}

function signedIn(user, settings) {
  byId('account').hidden = false;
  byId('who').textContent = user.name || user.email;
  document.body.dataset.view = 'home';
  showHome(user, settings);
}

function signedOut(settings) {
  byId('account').hidden = true;
  document.body.dataset.view = 'entry';
  showEntry(settings, (user) => {
    signedIn(user, settings);
    byId('main').focus();
  });
}

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

/** The user whose session goes on; null if there is none. Waits while the server cannot tell. */
async function restored() {
  for (let wait = 1; ; wait = Math.min(wait * 2, 30)) {
    try {
      return await api.refresh();
    } catch (error) {
      if (api.isSessionOver(error) || error.status === 403) return null;
      byId('main').replaceChildren(el('p', { id: 'waiting', textContent: 'Talktime cannot answer just now. One moment…' }));
      await pause(Math.max(wait, error.retryAfter ?? 0));
    }
  }
}

/** A mailed link was used: it may have ended every device, this one included. */
async function used(name, settings) {
  if (name === 'verify') byId('verify-banner')?.setAttribute('hidden', '');
  if (!['reset', 'code', 'undo'].includes(name)) return;
  document.dispatchEvent(new Event('signing-out'));
  await endTalk();
  await api.logout().catch(() => {});
  signedOut(settings);
  if (name === 'undo') location.hash = 'forgot';
}

async function begin() {
  const settings = await config();
  watchHealth();
  byId('sign-out').onclick = async () => {
    document.dispatchEvent(new Event('signing-out'));
    try {
      await endTalk();
      await api.logout();
    } catch {
      alarm('You are still signed in: Talktime cannot answer just now. Try again.');
      return;
    }
    signedOut(settings);
  };
  document.addEventListener('signed-out', () => {
    // Several requests may hear it.
    if (document.body.dataset.view === 'entry') return;
    document.dispatchEvent(new Event('signing-out'));
    alarm(isTalking() ? 'You were signed out, so your talk has ended. Sign in again.' : 'You were signed out. Sign in again.');
    leaveTalk();
    signedOut(settings);
  });
  const ask = () => askAboutLink((name) => used(name, settings));
  addEventListener('hashchange', ask);
  const user = await restored();
  if (user) signedIn(user, settings); else signedOut(settings);
  ask();
}

begin();
