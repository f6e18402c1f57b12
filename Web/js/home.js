import * as api from './api.js';
import { alarm, byId, el, notice, show } from './dom.js';
import { clock, endReason } from './format.js';
import { openPlan, openPlanFromLink, showHistory } from './history.js';
import { showPasskeys } from './passkeys.js';
import { offerProofs } from './proof.js';
import { showSecurity } from './security.js';
import { showSignIn } from './sign-in.js';
import { openReceiptFromLink, showPurchases } from './purchases.js';
import { showPacks } from './shop.js';
import { Talk } from './talk.js';

let talk = null;
let ticker = null;
let balance = 0;

export function showHome(user, settings) {
  show('view-home');
  byId('verify-banner').hidden = user.email_verified;
  byId('verify-banner').onsubmit = confirmAddress;
  byId('resend').onclick = resend;
  byId('start').onclick = () => start();
  byId('hang-up').onclick = () => talk?.hangUp();
  byId('say').onsubmit = say;
  document.addEventListener('signing-out', () => talk?.hangUp(), { once: true });
  showPacks(user, settings, bought).catch((error) => alarm(error.message));
  showBalance();
  showHistory().catch((error) => alarm(error.message));
  showPurchases().catch((error) => alarm(error.message));
  showPasskeys().catch((error) => alarm(error.message));
  offerProofs(settings);
  showSecurity(user);
  showSignIn(user, settings);
  openReceiptFromLink();
  openPlanFromLink();
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
    notice('Your e-mail address is confirmed.');
  } catch (error) {
    alarm(error.code === 'invalid_token' ? 'This code is not right, or not any more. Try the link in the mail.' : error.message);
  }
}

async function resend() {
  try {
    await api.post('/auth/email/resend');
    notice('A new mail is on its way.');
  } catch (error) { alarm(error.message); }
}

async function showBalance() {
  try {
    const answer = await api.get('/billing/balance');
    balance = answer.available_ms + answer.held_ms;
    if (!talk) paint(balance);
    byId('start').disabled = balance <= 0 || answer.frozen;
    if (!talk) byId('talk-state').textContent = balance > 0 ? 'Ready when you are.' : 'Add minutes to begin.';
  } catch (error) { alarm(error.message); }
}

const paint = (milliseconds) => { byId('clock').textContent = clock(milliseconds); };

async function start(options = {}) {
  byId('start').disabled = true;
  byId('talk-state').textContent = 'Calling the agent…';
  try {
    talk = await Talk.start(options);
    listen(talk);
    controls(true);
  } catch (error) { refused(error); }
}

function refused(error) {
  byId('start').disabled = false;
  byId('talk-state').textContent = '\u00a0';
  if (error.code === 'session_already_live' && confirm('You are talking in another window. Continue here instead?')) {
    start({ takeOver: true });
    return;
  }
  if (error.code === 'consent_required') {
    consent(error.problem.version);
    return;
  }
  const texts = {
    insufficient_talktime: 'No minutes left. Add some to begin.', previous_call_open: 'Your last call is still closing. Try again in a moment.',
    agent_unavailable: 'The agent cannot be reached just now. Nothing was charged.', all_agents_busy: 'All lines are busy. Try again in a minute.',
    balance_owed: 'Some talk time is still owed. Add minutes to begin.', wallet_frozen: 'Your wallet is on hold. Please write to us.',
  };
  alarm(texts[error.code] || error.message);
}

async function consent(version) {
  const text = 'You talk with an AI. The talk is recorded and read by another AI, which writes your care plan. Do you agree?';
  if (!confirm(text)) return;
  try {
    await api.post('/auth/consent', { version });
    start();
  } catch (error) { alarm(error.message); }
}

function controls(live) {
  byId('start').hidden = live;
  byId('hang-up').hidden = !live;
  byId('say').hidden = !live;
  byId('talk-card').classList.toggle('live', live);
  if (live) {
    byId('lines').replaceChildren();
    byId('lines').hidden = false;
    byId('hang-up').focus();
    ticker = setInterval(() => paint(talk?.remaining ?? balance), 250);
  } else {
    clearInterval(ticker);
    byId('talk-card').classList.remove('low');
    byId('start').focus();
  }
}

function listen(current) {
  current.addEventListener('begun', () => { byId('talk-state').textContent = 'You are talking.'; });
  current.addEventListener('line', ({ detail }) => line(detail));
  current.addEventListener('muted', () => notice('No microphone: you can write to the agent instead.'));
  current.addEventListener('troubled', () => { byId('talk-state').textContent = 'The connection is unsteady. Trying again…'; });
  current.addEventListener('agent-gone', () => alarm('The agent has left, so the meter has stopped.'));
  current.addEventListener('beat', ({ detail }) => heard(detail));
  current.addEventListener('ended', ({ detail }) => ended(current, detail));
}

let warned = null;
function heard(answer) {
  byId('talk-state').textContent = 'You are talking.';
  byId('talk-card').classList.toggle('low', Boolean(answer.warning));
  if (answer.warning && answer.warning !== warned) {
    notice(answer.warning === 'low_15' ? 'Fifteen seconds left.' : 'One minute left. You can add minutes without hanging up.');
  }
  warned = answer.warning || null;
}

function line({ role, text }) {
  const list = byId('lines');
  list.append(el('li', { className: role === 'agent' ? 'agent' : 'user', textContent: text }));
  list.scrollTop = list.scrollHeight;
}

function say(event) {
  event.preventDefault();
  const field = byId('say-text');
  const text = field.value.trim();
  if (text) talk?.say(text);
  field.value = '';
}

async function ended(current, { reason, charged }) {
  if (talk !== current) return;
  talk = null;
  controls(false);
  await showBalance();
  byId('talk-state').textContent = charged === undefined ? endReason(reason) : `${endReason(reason)} after ${clock(charged)}.`;
  showHistory().catch((error) => alarm(error.message));
  if (charged > 0) openPlan(current.id);
}
