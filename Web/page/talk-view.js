// The talk's card: the balance, the call and what is set up for it, the talk itself, and one in another window.
import * as api from '../both/api.js';
import { sound } from './audio.js';
import { awaitPlan } from './care-plan.js';
import { alarm, byId, choose, dismiss, el, notice } from '../both/dom.js';
import { follow, hold, leftTalk, letGo, liveTalk } from './elsewhere.js';
import { clock, endReason } from '../both/format.js';
import { showHistory } from './history.js';
import { isPaying } from './overlay.js';
import { settle } from './setup.js';
import { Talk } from './talk.js';

let talk = null;
/** Cancels the call that is being set up. */
let setup = null;
/** Ends the following of a talk in another window. */
let following = null;
let isSoundPaused = false;
let ticker = null;
let balance = 0;

/** Fills the card, and tells of a talk that was cut off or goes on in another window. */
export function showTalk() {
  byId('start').onclick = () => start();
  byId('hang-up').onclick = () => talk?.hangUp();
  byId('cancel').onclick = cancel;
  byId('say').onsubmit = say;
  showBalance().then(tellOfLeftTalk).then(lookElsewhere).catch((error) => alarm(error.message));
}

/** Shows the balance, and says what can be done with it. */
export async function showBalance() {
  const wallet = await refreshBalance();
  if (wallet && isAtRest()) page.tell(walletWords(wallet));
}

/** Shows the balance without a word. The result is the wallet; null if it cannot be shown. */
async function refreshBalance() {
  try {
    const wallet = await api.get('/billing/balance');
    // The user may have signed out meanwhile.
    if (!byId('start')) return null;
    balance = wallet.available_ms + wallet.held_ms;
    if (!talk && !following) paint(balance);
    byId('start').disabled = balance <= 0 || wallet.frozen || wallet.owed_ms > 0;
    return wallet;
  } catch (error) {
    alarm(error.message);
    return null;
  }
}

function walletWords({ frozen, owed_ms: owed }) {
  if (frozen) return 'Your wallet is on hold. Please write to us.';
  if (owed > 0) return `You owe ${clock(owed)} of talk time. Add minutes to begin: it is taken from them.`;
  return balance > 0 ? 'Ready when you are.' : 'Add minutes to begin.';
}

const isAtRest = () => !talk && !setup && !following;
const paint = (milliseconds) => { byId('clock').textContent = clock(milliseconds); };

/** Where the talk's state is told, and questions about it are asked. */
const page = {
  tell(text) {
    const place = byId('talk-state');
    if (place) place.textContent = text;
  },
  choose(text, choices) {
    page.tell(text);
    return choose('choices', choices);
  },
};

/** Nothing is charged until the microphone and the sound are settled and the agent has answered. */
async function start(options = {}) {
  if (talk || setup) return;
  stopFollowing();
  isSoundPaused = false;
  setup = new AbortController();
  const { signal } = setup;
  controls('calling');
  try {
    const ways = await settle(signal, page, options);
    page.tell('Calling the agent… Nothing is charged before it answers.');
    talk = await Talk.start(ways, { ...options, signal });
    setup = null;
    listen(talk);
  } catch (error) {
    setup = null;
    refused(error);
  }
}

function cancel() {
  page.tell('Cancelling…');
  setup?.abort();
  talk?.hangUp();
}

function refused(error) {
  if (!byId('start')) return;
  controls('rest');
  showBalance();
  if (error.name === 'AbortError') return;
  if (error.code === 'session_already_live') {
    lookElsewhere().catch((problem) => alarm(problem.message));
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
  alarm(texts[error.code] || (error instanceof api.APIError ? error.message : 'There is no connection just now. Nothing was charged.'));
}

async function consent(version) {
  const text = 'You talk with an AI. The talk is recorded and read by another AI, which writes your care plan. Do you agree?';
  if (!confirm(text)) return;
  try {
    await api.post('/auth/consent', { version });
    start();
  } catch (error) { alarm(error.message); }
}

/** @param stage of the talk: `rest`, `calling`, `live`, `ending`, or `elsewhere` in another window */
function controls(stage) {
  const card = byId('talk-card');
  // The next Enter must neither hang up nor call: the focus goes to what cannot be pressed. If it is nowhere while the
  // checkout is open, it is the payment that places it.
  const isNowhere = document.activeElement === document.body && !isPaying();
  if (card.contains(document.activeElement) || isNowhere) byId('talk-title').focus();
  byId('start').hidden = stage !== 'rest';
  byId('cancel').hidden = stage !== 'calling';
  byId('hang-up').hidden = stage !== 'live';
  byId('say').hidden = stage !== 'live';
  card.classList.toggle('live', stage === 'live');
  dismiss('choices');
  clearInterval(ticker);
  if (stage === 'calling') byId('lines').replaceChildren();
  if (stage === 'live') {
    byId('lines').hidden = false;
    ticker = setInterval(() => paint(talk?.remaining ?? balance), 250);
  }
  if (stage === 'rest') {
    byId('start').disabled = false;
    card.classList.remove('low');
  }
}

function listen(current) {
  const on = (name, body) => current.addEventListener(name, ({ detail }) => { if (talk === current && byId('start')) body(detail); });
  on('begun', () => {
    hold(current.id);
    controls('live');
    page.tell('You are talking.');
    soundChanged();
  });
  on('line', line);
  on('late', ({ seconds }) => page.tell(`No connection. If it is not back within ${seconds} seconds, the talk ends.`));
  on('unanswered', () => page.tell('Talktime does not answer just now, but the agent does: you can talk on.'));
  on('back', () => page.tell('The connection is back. You are talking.'));
  on('unplugged', unplugged);
  on('unplayable', unplayable);
  on('ending', () => {
    controls('ending');
    page.tell('Ending the talk…');
  });
  on('beat', heard);
  current.addEventListener('ended', ({ detail }) => ended(current, detail));
}

async function unplugged() {
  const choice = await page.choose(
    'Your microphone is gone: the agent does not hear you. You can write, or hang up.',
    [['Go on in writing', 'write'], ['Hang up', 'end']]);
  if (choice === 'end') talk?.hangUp();
  if (choice === 'write') page.tell('You are talking, in writing.');
}

async function unplayable() {
  talk = null;
  controls('rest');
  const choice = await page.choose(
    'This page cannot play or record the agent\u2019s sound. Nothing was charged. You can write to the agent instead, at the same price.',
    [['Go on in writing', 'write'], ['Not now', null]]);
  if (choice === 'write') start({ inWriting: true });
  else showBalance();
}

/** The system may stop a page's sound at any time, for a call or a locked screen. */
async function soundChanged() {
  if (!talk?.live || !talk.hears) {
    isSoundPaused = false;
  } else if (sound.isRunning) {
    if (isSoundPaused) page.tell('The sound is back. You are talking.');
    isSoundPaused = false;
    dismiss('choices');
  } else if (!isSoundPaused) {
    isSoundPaused = true;
    while (talk?.live && isSoundPaused) {
      const words = 'The sound is paused, and your minutes run on. Turn it on, or hang up.';
      if (!await page.choose(words, [['Turn the sound on', true]])) return;
      await sound.resume();
    }
  }
}

sound.addEventListener('changed', soundChanged);
// Not `pointerdown`: the buttons move when the question goes, and the press would miss them.
for (const sign of ['pointerup', 'keydown', 'visibilitychange']) {
  document.addEventListener(sign, () => { if (isSoundPaused && document.visibilityState === 'visible') sound.resume(); });
}
document.addEventListener('visibilitychange', () => {
  // A user has four streams and links: hidden windows leave them to the others.
  if (document.visibilityState === 'visible') lookElsewhere().catch(() => {});
  else stopFollowing();
});

addEventListener('beforeunload', (event) => { if (talk?.live) event.preventDefault(); });
addEventListener('pagehide', () => leaveTalk());
// The page comes back as it was left, and its call does not.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && byId('start')) tellOfLeftTalk().then(lookElsewhere).catch((error) => alarm(error.message));
});

/** Ends the talk or the call without waiting: the page goes away, or nobody is signed in any more. */
export function leaveTalk() {
  setup?.abort();
  talk?.leave();
  stopFollowing();
}

/** Ends the talk before a sign-out, after which it could not be ended. */
export async function endTalk() {
  setup?.abort();
  stopFollowing();
  const current = talk;
  if (!current) return;
  talk = null;
  letGo();
  controls('rest');
  page.tell('You hung up.');
  await current.hangUp();
}

/** Whether a talk goes on. */
export const isTalking = () => Boolean(talk);

async function tellOfLeftTalk() {
  const left = await leftTalk();
  if (!left || !isAtRest()) return;
  page.tell(`Your talk was cut off after ${clock(left.charged_ms)}. You can start a new one.`);
  refreshBalance();
  showHistory().catch((error) => alarm(error.message));
}

/** Tells of the talk in another window, and offers to go on with it here. */
async function lookElsewhere() {
  if (!isAtRest() || !byId('start')) return;
  const found = await liveTalk();
  if (!isAtRest() || !byId('start')) return;
  if (!found) {
    if (byId('start').hidden) rest();
    return;
  }
  following = new AbortController();
  const { signal } = following;
  controls('elsewhere');
  page.choose('You are talking in another window.', [['Continue here', true]])
    .then((chosen) => { if (chosen) start({ takeOver: true }); });
  await follow(found.id, signal, (name, data) => {
    if (!signal.aborted && data.remaining_ms !== undefined && byId('clock')) paint(data.remaining_ms);
  });
  if (signal.aborted) return;
  stopFollowing();
  rest();
}

function rest() {
  if (!byId('start')) return;
  controls('rest');
  showBalance();
  showHistory().catch((error) => alarm(error.message));
}

function stopFollowing() {
  following?.abort();
  following = null;
}

let warned = null;
function heard(answer) {
  byId('talk-card').classList.toggle('low', Boolean(answer.warning));
  if (answer.warning && answer.warning !== warned) {
    notice(answer.warning === 'low_15' ? 'Fifteen seconds left.' : 'One minute left. You can add minutes without hanging up.');
  }
  warned = answer.warning || null;
}

function line({ role, text }) {
  const list = byId('lines');
  // Who reads back stays where they are.
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(el('li', { className: role === 'agent' ? 'agent' : 'user', textContent: text }));
  if (isAtEnd) list.scrollTop = list.scrollHeight;
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
  clearInterval(ticker);
  letGo({ isKept: reason === 'left' });
  if (!byId('start')) return;
  controls('rest');
  const words = sentence(current, reason, charged);
  page.tell(words ?? '\u00a0');
  if (reason === 'left') return;
  // The words about the end stay.
  await (words ? refreshBalance() : showBalance());
  const refreshHistory = () => showHistory().catch((error) => alarm(error.message));
  // The provider's report of the call may change the charge in the meantime.
  if (charged > 0) awaitPlan(current.id, () => { refreshHistory(); refreshBalance(); }); else refreshHistory();
}

/** How it ended; undefined for a call that was cancelled. */
function sentence(current, reason, charged) {
  if (!current.hasBegun) {
    if (reason === 'user') return undefined;
    if (['agent_lost', 'agent_ended', 'never_connected'].includes(reason)) return 'The agent could not be reached. Nothing was charged.';
  }
  return charged === undefined ? `${endReason(reason)}.` : `${endReason(reason)} after ${clock(charged)}.`;
}
