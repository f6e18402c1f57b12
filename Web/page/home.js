import * as api from '../both/api.js';
import { openPlanFromLink } from './care-plan.js';
import { alarm, byId, notice, show } from '../both/dom.js';
import { showHistory } from './history.js';
import { showPasskeys } from '../both/passkeys.js';
import { followOpenOrders } from './payments.js';
import { words } from '../both/words.js';
import { showSecurity } from './security.js';
import { showSignIn } from './sign-in.js';
import { openReceiptFromLink, showPurchases } from './purchases.js';
import { showRecords } from './records.js';
import { showPacks } from './shop.js';
import { attendTalkBar } from './talk-bar.js';
import { showBalance, showTalk } from './talk-view.js';

export { endTalk, isTalking, leaveTalk, stay } from './talk-view.js';

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
  showSecurity(user, settings);
  showSignIn(user, settings);
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

async function resend() {
  try {
    await api.post('/auth/email/resend');
    notice(words('home.resent'));
  } catch (error) { alarm(error.message); }
}
