import * as api from './api.js';
import { alarm, byId, notice } from './dom.js';
import { showEntry } from './entry.js';
import { showHome } from './home.js';

async function config() {
  try {
    const response = await fetch('/config.json', { cache: 'no-store' });
    return response.ok ? await response.json() : {};
  } catch { return {}; }
}

/** The mailed link has its secret in the fragment, which is never sent to a server. */
async function verifyFromLink() {
  const token = new URLSearchParams(location.hash.slice(1)).get('verify');
  if (!token) return false;
  history.replaceState(null, '', location.pathname);
  try {
    await api.post('/auth/email/verify', { token });
    notice('Your e-mail address is confirmed.');
    return true;
  } catch {
    alarm('This link is no longer good. Sign in and ask for another.');
    return false;
  }
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

async function begin() {
  const settings = await config();
  await verifyFromLink();
  byId('sign-out').onclick = async () => {
    document.dispatchEvent(new Event('signing-out'));
    await api.logout();
    signedOut(settings);
  };
  addEventListener('hashchange', async () => {
    if (await verifyFromLink()) byId('verify-banner')?.setAttribute('hidden', '');
  });
  try { signedIn(await api.refresh(), settings); } catch { signedOut(settings); }
}

begin();
