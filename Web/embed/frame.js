// The frame in another site's page: whose page it is, what it looks like, and who has signed in. The token is in memory
// only, and goes with the frame. docs/embedding.md tells why.
import * as api from '../both/api.js';
import { byId } from '../both/dom.js';
import { useLanguage, words } from '../both/words.js';
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
  tell(words('embed.first'));
}

/** @param consent the version of what is to be agreed to, if that was missing */
async function signIn({ consent } = {}) {
  byId('sign-in').disabled = true;
  tell(words('embed.open'));
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
  tell(words('embed.signedOut'));
});
addEventListener('pagehide', leaveCall);

function begin() {
  // On its own it would be a page like any other, with a talk that begins at one click.
  if (window.parent === window) {
    useLanguage();
    byId('elsewhere').hidden = false;
    return;
  }
  const allowed = allowedOrigins().catch(() => []);
  const spoken = useLanguage(new URLSearchParams(location.search).get('language'));
  addEventListener('message', async ({ origin, source, data }) => {
    if (source !== window.parent || data?.talktime !== 'theme' || !(await allowed).includes(origin)) return;
    applyTheme(data.theme);
    await spoken;
    if (site) return;
    site = origin;
    showTalk();
    window.parent.postMessage({ talktime: 'ready' }, site);
  });
}

begin();
