// The frame in another site's page: whose page it is, what it looks like, and who has signed in. The token is in memory
// only, and goes with the frame. docs/embedding.md tells why.
import * as api from '../both/api.js';
import { byId } from '../both/dom.js';
import { attendCall, leaveCall, showWallet, stage, tell } from './call.js';
import { applyTheme } from './theme.js';
import { askForTokens } from './tokens.js';

/** The origins whose pages may hold this frame: those of the policy of this document. */
async function allowedOrigins() {
  const answer = await fetch('/config.json', { cache: 'no-store' });
  return (await answer.json()).embed_origins.split(' ').filter(Boolean);
}

/** The origin of the page around the frame. */
let site = null;

function showTalk() {
  byId('talk-card').hidden = false;
  byId('sign-in').onclick = () => signIn();
  attendCall({ signIn });
  stage('away');
  tell('You talk with an agent, by voice. Sign in first: a window of Talktime opens for it.');
}

/** @param consent the version of what is to be agreed to, if that was missing */
async function signIn({ consent } = {}) {
  byId('sign-in').disabled = true;
  tell('A window of Talktime is open for you.');
  try {
    api.adopt(await askForTokens({ site, consent }));
    stage('rest');
    // Until the balance is known nobody can tell what the button would do.
    byId('start').disabled = true;
    await showWallet();
  } catch (error) {
    tell(error.message);
  } finally { byId('sign-in').disabled = false; }
}

document.addEventListener('signed-out', () => {
  if (!site) return;
  leaveCall();
  stage('away');
  tell('You are signed out here. Sign in to talk.');
});
addEventListener('pagehide', leaveCall);

function begin() {
  // On its own it would be a page like any other, with a talk that begins at one click.
  if (window.parent === window) {
    byId('elsewhere').hidden = false;
    return;
  }
  const allowed = allowedOrigins().catch(() => []);
  addEventListener('message', async ({ origin, source, data }) => {
    if (source !== window.parent || data?.talktime !== 'theme' || !(await allowed).includes(origin)) return;
    applyTheme(data.theme);
    if (site) return;
    site = origin;
    showTalk();
    window.parent.postMessage({ talktime: 'ready' }, site);
  });
}

begin();
