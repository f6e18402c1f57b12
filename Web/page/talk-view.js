// The talk: the balance, the call and what is set up for it, the talk itself, and one in another window.
import * as api from '../both/api.js';
import { awaitPlan } from './care-plan.js';
import { showDevices, tellOfMissingMicrophone } from './device-view.js';
import { alarm, byId, notice } from '../both/dom.js';
import { follow, hold, leftTalk, letGo, liveTalk } from './elsewhere.js';
import { clock } from '../both/format.js';
import { words } from '../both/words.js';
import { showHistory } from './history.js';
import { paintTime } from './ring.js';
import { settle } from './setup.js';
import { askForHealth } from './status-line.js';
import { putPacksFirst } from './shop.js';
import { Talk } from './talk.js';
import { chargeOf } from './talk-charge.js';
import { addLine, isShown, makeCard, offerStart, page, showStage } from './talk-card.js';
import { stageOfTalk } from './talk-stage.js';
import { attendSound, leaveSound, talkingWords, toggleMute, useChosenMicrophone } from './talk-sound.js';
import { endWords, lateWords, refusalWords, walletWords } from './talk-words.js';
import { heardWarning, hideTopUp } from './top-up.js';

let talk = null;
/** Cancels the call that is being set up. */
let setup = null;
/** Ends the following of a talk in another window. */
let following = null;
/** Whether the user is signing out: no other call begins then. */
let isLeaving = false;
/** The talk whose end is shown. */
let lastEnded = null;
let balance = 0;

document.addEventListener('user-left', () => {
  if (talk) {
    // Its end is still on its way, and there is nobody to tell it.
    leaveSound();
    letGo();
    showStage('rest');
  }
  [talk, lastEnded, balance] = [null, null, 0];
});

/** Fills the card, and tells of a talk that was cut off or goes on in another window. */
export function showTalk() {
  isLeaving = false;
  makeCard((text) => talk?.say(text) ?? true);
  showStage('rest');
  paintTime(balance);
  byId('start').onclick = () => start();
  byId('hang-up').onclick = hangUp;
  byId('cancel').onclick = cancel;
  byId('mute').onclick = toggleMute;
  showDevices({ useMicrophone: useChosenMicrophone, tell: notice });
  showBalance().then(tellOfLeftTalk).then(lookElsewhere).catch((error) => alarm(error.message));
}

export function hangUp() { talk?.hangUp(); }

/** The milliseconds that are left. */
export const timeLeft = () => talk?.remaining ?? balance;

/** Shows the balance, and says what can be done with it. */
export async function showBalance() {
  const wallet = await refreshBalance();
  if (wallet && isAtRest()) page.tell(walletWords(wallet, balance));
}

/** Shows the balance without a word. The result is the wallet; null if it cannot be shown. */
async function refreshBalance() {
  try {
    const wallet = await api.get('/billing/balance');
    // The user may have signed out meanwhile.
    if (!isShown()) return null;
    balance = wallet.available_ms + wallet.held_ms;
    if (!talk && !following) paintTime(balance);
    const canStart = balance > 0 && !wallet.frozen && wallet.owed_ms <= 0;
    const isEmpty = !wallet.frozen && !canStart;
    offerStart({ canStart, isEmpty });
    if (!talk && !setup) putPacksFirst(isEmpty);
    return wallet;
  } catch (error) {
    alarm(error.message);
    return null;
  }
}

const isAtRest = () => !talk && !setup && !following && !isLeaving;

/** Nothing is charged until the microphone and the sound are settled and the agent has answered. */
async function start(options = {}) {
  if (talk || setup || isLeaving) return;
  stopFollowing();
  lastEnded = null;
  setup = new AbortController();
  const { signal } = setup;
  // The user may have left, and somebody else may be calling.
  const isCurrent = () => setup?.signal === signal;
  showStage('calling');
  try {
    const ways = await settle(signal, page, options);
    if (ways.stream) tellOfMissingMicrophone(ways.stream);
    page.tell(words('talk.calling'));
    const begun = await Talk.start(ways, { ...options, signal });
    if (!isCurrent()) {
      begun.leave();
      return;
    }
    setup = null;
    talk = begun;
    listen(talk);
  } catch (error) {
    if (!isCurrent()) return;
    setup = null;
    refused(error, options);
  }
}

function cancel() {
  page.tell(words('talk.cancelling'));
  setup?.abort();
  talk?.hangUp();
}

/** Gives the call up that is being set up. */
function dropSetup() {
  if (!setup) return;
  setup.abort();
  setup = null;
  showStage('rest');
}

function refused(error, options) {
  showStage('rest');
  if (!isShown()) return;
  showBalance();
  if (error.code === 'consent_required') {
    consent(error.problem.version, options);
    return;
  }
  if (error.name === 'AbortError') return;
  if (error.code === 'session_already_live') {
    lookElsewhere().catch((problem) => alarm(problem.message));
    return;
  }
  if (!(error.status < 500)) askForHealth();
  alarm(refusalWords(error));
}

function listen(current) {
  const on = (name, body) => current.addEventListener(name, ({ detail }) => {
    if (talk === current && isShown()) body(detail);
  });
  on('begun', () => {
    hold(current.id);
    showStage('live', current);
    page.tell(talkingWords(current));
    attendSound(current);
  });
  on('line', addLine);
  on('late', ({ seconds }) => page.tell(lateWords(seconds)));
  on('unanswered', () => {
    page.tell(words('late.unanswered'));
    askForHealth();
  });
  on('back', () => page.tell(`${words('talk.back')} ${talkingWords(current)}`));
  on('silent', () => page.tell(talkingWords(current)));
  on('audible', () => page.tell(`${words('talk.audible')} ${talkingWords(current)}`));
  on('cut', () => page.tell(words('late.cut')));
  on('continued', () => {
    // A page that is loaded again has to find the talk that goes on now.
    letGo();
    hold(current.id);
    page.tell(`${words('talk.continued')} ${talkingWords(current)}`);
  });
  on('ending', () => {
    showStage('ending');
    page.tell(words('talk.ending'));
  });
  on('topped-up', hideTopUp);
  on('beat', ({ warning }) => heardWarning(warning));
  current.addEventListener('unplayable', () => { if (talk === current) unplayable(); });
  current.addEventListener('ended', ({ detail }) => ended(current, detail));
}

async function unplayable() {
  talk = null;
  showStage('rest');
  if (!isShown()) return;
  const choice = await page.choose(
    words('talk.unplayable'),
    [[words('setup.write'), 'write'], [words('common.notNow'), null]]);
  if (choice === 'write') start({ inWriting: true });
  else showBalance();
}

async function consent(version, options) {
  try {
    const { askConsent } = await import('./consent.js');
    if (await askConsent(version)) start(options);
  } catch (error) { alarm(refusalWords(error)); }
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
  if (persisted && isShown()) showBalance().then(tellOfLeftTalk).then(lookElsewhere).catch((error) => alarm(error.message));
});

/** Ends the talk or the call without waiting: the page goes away, or nobody is signed in any more. */
export function leaveTalk() {
  dropSetup();
  talk?.leave();
  stopFollowing();
}

/** Ends the talk before a sign-out, after which it could not be ended. */
export async function endTalk() {
  isLeaving = true;
  dropSetup();
  stopFollowing();
  const current = talk;
  if (!current) return;
  talk = null;
  // The call is closed first, whatever else fails.
  const done = current.hangUp();
  leaveSound();
  letGo();
  showStage('rest');
  page.tell(words('talk.hungUp'));
  await done;
}

/** Shows the talk again after a sign-out that failed. */
export function stay() {
  isLeaving = false;
  rest();
  lookElsewhere().catch((error) => alarm(error.message));
}

/** Whether a talk goes on. */
export const isTalking = () => Boolean(talk);

async function tellOfLeftTalk() {
  const left = await leftTalk();
  if (!left || !isAtRest()) return;
  page.tell(words('talk.cutOff', { time: clock(left.charged_ms) }));
  refreshBalance();
  showHistory().catch((error) => alarm(error.message));
}

/** Tells of the talk in another window, and offers to go on with it here. */
async function lookElsewhere() {
  if (!isAtRest() || !isShown()) return;
  const found = await liveTalk();
  if (!isAtRest() || !isShown()) return;
  if (!found) {
    if (stageOfTalk() === 'elsewhere') rest();
    return;
  }
  following = new AbortController();
  const { signal } = following;
  showStage('elsewhere');
  page.choose(words('talk.elsewhere'), [[words('talk.continue'), true]])
    .then((chosen) => { if (chosen) start({ takeOver: true }); });
  await follow(found.id, signal, (name, data) => {
    if (!signal.aborted && data.remaining_ms !== undefined && isShown()) paintTime(data.remaining_ms);
  });
  if (signal.aborted) return;
  stopFollowing();
  rest();
}

function rest() {
  if (!isShown()) return;
  showStage('rest');
  showBalance();
  showHistory().catch((error) => alarm(error.message));
}

function stopFollowing() {
  following?.abort();
  following = null;
}

async function ended(current, { reason, charged }) {
  if (talk !== current) return;
  talk = null;
  leaveSound();
  letGo({ isKept: reason === 'left' });
  showStage('rest');
  if (!isShown()) return;
  lastEnded = current;
  paintTime(current.remaining);
  const words = endWords(current, reason, charged);
  page.tell(words ?? '\u00a0');
  if (reason === 'left') return;
  if (charged === undefined && current.hasBegun) {
    const cost = await chargeOf(current.id, isShown);
    if (cost === undefined || !isShown()) return;
    charged = current.carried + cost;
    if (isAtRest() && lastEnded === current) page.tell(endWords(current, reason, charged));
  }
  // The words about the end stay.
  await (words ? refreshBalance() : showBalance());
  const refreshHistory = () => showHistory().catch((error) => alarm(error.message));
  // The provider's report of the call may change the charge in the meantime.
  if (charged > 0) awaitPlan(current.planned, () => { refreshHistory(); refreshBalance(); }); else refreshHistory();
}
