import * as api from '../both/api.js';
import { openPlanFromLink } from './care-plan.js';
import { alarm, byId, notice, show } from '../both/dom.js';
import { showHistory } from './history.js';
import { showPasskeys } from '../both/passkeys.js';
import { followOpenOrders } from './payments.js';
import { words } from '../both/words.js';
import { openReceiptFromLink, showPurchases } from './purchases.js';
import { showRecords } from './records.js';
import { currentView } from './router.js';
import { showPacks } from './shop.js';
import { attendTalkBar } from './talk-bar.js';
import { showBalance, showTalk } from './talk-view.js';

export { endTalk, isTalking, leaveTalk, stay } from './talk-view.js';

/** Fills the account of the user who is signed in, once. */
let openAccount = null;
document.addEventListener('view-shown', ({ detail }) => { if (detail === 'account') openAccount?.(); });
document.addEventListener('user-left', () => { openAccount = null; });

/** What only the account needs is fetched with its view. Until it is there, nothing of the card can be used. */
function attendAccount(user, settings) {
  const card = byId('security-card');
  card.setAttribute('aria-busy', 'true');
  const open = async () => {
    openAccount = null;
    try {
      const [{ showSecurity }, { showSignIn }] = await Promise.all([import('./security.js'), import('./sign-in.js')]);
      if (!card.isConnected) return;
      showSecurity(user, settings);
      showSignIn(user, settings);
      card.removeAttribute('aria-busy');
    } catch {
      openAccount = open;
      if (card.isConnected) alarm(words('app.unloaded'));
    }
  };
  openAccount = open;
  if (currentView() === 'account') open();
}

export function showHome(user, settings) {
  show('view-home');
  byId('verify-banner').hidden = user.email_verified;
  byId('verify-banner').onsubmit = confirmAddress;
  byId('resend').onclick = resend;
  attendTalkBar();
  showPacks(user, settings, bought).catch((error) => alarm(error.message));
  showTalk();
  showHistory().catch((error) => alarm(error.message));
  showPurchases(followOpenOrders).catch((error) => alarm(error.message));
  showPasskeys().catch((error) => alarm(error.message));
  // The dialog is fetched when it is first needed.
  api.onProofNeeded(async () => (await import('../both/proof.js')).proveAgain(settings));
  attendAccount(user, settings);
  openReceiptFromLink();
  openPlanFromLink();
  showRecords(user);
}

function bought() {
  showBalance();
  showPurchases().catch((error) => alarm(error.message));
}

async function confirmAddress(event) {
  event.preventDefault();
  try {
    await api.post('/auth/email/verify', { code: byId('verify-code').value }, { 'X-Session': 'cookie' });
    byId('verify-banner').hidden = true;
    notice(words('home.verified'));
  } catch (error) {
    alarm(error.code === 'invalid_token' ? words('mailed.code.wrong') : error.message);
  }
}

/** A link may have been another account's than the one that is signed in. */
export async function showWhetherProven() {
  const { email_verified: isProven } = await api.get('/auth/me').catch(() => ({ email_verified: false }));
  if (isProven) byId('verify-banner')?.setAttribute('hidden', '');
}

async function resend() {
  try {
    await api.post('/auth/email/resend');
    notice(words('home.resent'));
  } catch (error) { alarm(error.message); }
}
