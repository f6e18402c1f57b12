// The talk in the frame, by the modules of the talk page: the balance, the call, and what is said of it.
import * as api from '../both/api.js';
import { byId, choose, dismiss, el } from '../both/dom.js';
import { clock } from '../both/format.js';
import { hasWords, words } from '../both/words.js';
import { sound } from '../page/audio.js';
import { settle } from '../page/setup.js';
import { Talk } from '../page/talk.js';
import { endWords, lateWords, refusalWords, walletWords } from '../page/talk-words.js';
import { holdUntilSeen } from './seen.js';
import { isFresh } from './tokens.js';

let talk = null;
/** Cancels the call that is being set up. */
let setup = null;
let ticker = null;
let isSoundPaused = false;
let askToSignIn = null;
/** Whether the question that is asked can lead to a talk. */
let leadsToTalk = false;

/** @param hooks `signIn` opens the window of ours */
export function attendCall({ signIn }) {
  askToSignIn = signIn;
  holdUntilSeen(byId('acts'), (button) => button.id === 'start', showCovered);
  holdUntilSeen(byId('choices'), () => leadsToTalk, showCovered);
  byId('start').onclick = () => start();
  byId('cancel').onclick = cancel;
  byId('hang-up').onclick = () => talk?.hangUp();
  byId('mute').onclick = toggleMute;
  byId('say-send').onclick = say;
  byId('say-text').onkeydown = (event) => { if (event.key === 'Enter' && !event.isComposing) say(); };
  // Minutes may have been added in the other tab.
  for (const sign of ['focus', 'online', 'pageshow']) addEventListener(sign, refreshAtRest);
  document.addEventListener('visibilitychange', refreshAtRest);
  sound.addEventListener('changed', soundChanged);
}

export const tell = (text) => { byId('talk-state').textContent = text; };
const ask = (text, choices) => {
  tell(text);
  const answer = choose('choices', choices);
  leadsToTalk = false;
  return answer;
};
/** Asks what can lead to a talk: its buttons work only where they can be seen. */
const askToTalk = (text, choices) => {
  const answer = ask(text, choices);
  leadsToTalk = true;
  return answer;
};
const paint = (milliseconds) => { byId('clock').textContent = clock(milliseconds); };

/** @param name `away` (nobody is signed in), `rest`, `calling`, `live` or `ending` */
export function stage(name) {
  const card = byId('talk-card');
  // The next Enter must neither hang up nor call.
  if (card.contains(document.activeElement)) byId('talk-title').focus();
  card.dataset.stage = name;
  byId('sign-in').hidden = name !== 'away';
  byId('start').hidden = name !== 'rest';
  byId('cancel').hidden = name !== 'calling';
  byId('hang-up').hidden = name !== 'live';
  byId('say').hidden = name !== 'live';
  byId('add-minutes').hidden = name === 'away' || name === 'calling' || name === 'ending';
  byId('clock').hidden = name === 'away';
  byId('talk-title').textContent = words(name === 'away' ? 'embed.title' : 'talk.title');
  card.classList.toggle('live', name === 'live');
  dismiss('choices');
  clearInterval(ticker);
  if (name === 'calling' || name === 'away') byId('lines').replaceChildren();
  if (name !== 'live') warn(null);
  byId('lines').hidden = !byId('lines').children.length;
  showMute();
  if (name === 'live') ticker = setInterval(() => { if (talk) paint(talk.remaining); }, 250);
}

/** What was said of the balance last. */
let said = '';

/**
 * Shows the balance, and what can be done with it.
 * @param isTold something else has just been told, which stays
 */
export async function showWallet({ isTold = false } = {}) {
  let wallet;
  try {
    wallet = await api.get('/billing/balance');
  } catch (error) {
    byId('start').disabled = false;
    if (!api.isSessionOver(error)) tell(words('embed.noBalance'));
    return;
  }
  if (talk || setup) return;
  const left = wallet.available_ms + wallet.held_ms;
  paint(left);
  byId('start').disabled = left <= 0 || wallet.frozen || wallet.owed_ms > 0;
  const isStill = byId('talk-state').textContent === said;
  said = walletWords(wallet, left);
  if (!isTold || isStill) tell(said);
}

function refreshAtRest() {
  const isAtRest = byId('talk-card').dataset.stage === 'rest' && !byId('choices').children.length;
  if (isAtRest && document.visibilityState === 'visible') showWallet({ isTold: true });
}

/** Nothing is charged until the microphone and the sound are settled and the agent has answered. */
async function start(options = {}) {
  if (talk || setup) return;
  if (!isFresh(api.bearer())) {
    stage('away');
    tell(words('embed.longAgo'));
    return;
  }
  isSoundPaused = false;
  setup = new AbortController();
  const { signal } = setup;
  stage('calling');
  try {
    const ways = await settle(signal, { tell, choose: askToTalk }, options);
    tell(words('talk.calling'));
    talk = await Talk.start(ways, { ...options, signal });
    setup = null;
    listen(talk);
  } catch (error) {
    setup = null;
    refused(error);
  }
}

function showCovered() {
  tell(words('embed.covered'));
  byId('elsewhere').hidden = false;
}

function cancel() {
  tell(words('talk.cancelling'));
  setup?.abort();
  talk?.hangUp();
}

/** Ends the talk or the call without waiting: the page goes away, or nobody is signed in any more. */
export function leaveCall() {
  setup?.abort();
  talk?.leave();
}

async function refused(error) {
  // The frame says already that nobody is signed in.
  if (!api.bearer()) return;
  stage('rest');
  if (error.name === 'AbortError') { showWallet(); return; }
  if (error.code === 'session_already_live') {
    if (await askToTalk(words('talk.elsewhere'), [[words('talk.continue'), true]])) start({ takeOver: true });
    return;
  }
  // It is agreed to in our own window, where nothing can lie over the words.
  if (error.code === 'consent_required') {
    if (await ask(words('embed.consent'), [[words('embed.openWindow'), true]])) askToSignIn({ consent: error.problem.version });
    return;
  }
  await showWallet({ isTold: true });
  tell(refusalWords(error));
}

function listen(current) {
  const on = (name, body) => current.addEventListener(name, ({ detail }) => { if (talk === current) body(detail); });
  on('begun', () => {
    stage('live');
    tell(talkingWords());
    soundChanged();
  });
  on('line', line);
  on('late', ({ seconds }) => tell(lateWords(seconds)));
  on('unanswered', () => tell(words('late.unanswered')));
  on('back', () => tell(`${words('talk.back')} ${talkingWords()}`));
  on('cut', () => tell(words('late.cut')));
  on('silent', () => tell(talkingWords()));
  on('audible', () => tell(`${words('talk.audible')} ${talkingWords()}`));
  on('continued', () => tell(`${words('talk.continued')} ${talkingWords()}`));
  on('unplugged', unplugged);
  on('paused', () => tell(words(talk.isLate ? 'sound.silencedLate' : 'sound.silenced')));
  on('resumed', () => tell(`${words('sound.resumed')} ${talkingWords()}`));
  on('unplayable', unplayable);
  on('beat', ({ warning }) => warn(warning));
  on('ending', () => {
    stage('ending');
    tell(words('talk.ending'));
  });
  on('ended', ended);
}

/** What is so while nothing is wrong. */
function talkingWords() {
  if (talk.isLate) return `${talk.isMuted ? `${words('sound.isMuted')} ` : ''}${words('sound.late')}`;
  if (talk.isAgentSilent) return words('sound.agentSilent');
  if (!talk.hasMicrophone) return words('sound.unheard');
  return words(talk.isMuted ? 'sound.muted' : 'sound.talking');
}

function toggleMute() {
  if (!talk?.live) return;
  talk.isMuted = !talk.isMuted;
  showMute();
  tell(talkingWords());
}

function showMute() {
  byId('mute').hidden = !talk?.live || !talk.hasMicrophone;
  byId('mute').textContent = words(talk?.isMuted ? 'talk.unmute' : 'talk.mute');
}

function warn(warning) {
  const text = hasWords(`embed.${warning}`) ? words(`embed.${warning}`) : '';
  byId('talk-card').classList.toggle('low', Boolean(text));
  // Said once: a live region would say it again with each beat.
  if (byId('low-words').textContent !== text) byId('low-words').textContent = text;
}

async function unplugged() {
  showMute();
  const choice = await ask(words('sound.lost'),
    [[words('setup.write'), 'write'], [words('talk.hangUp'), 'end']]);
  if (choice === 'end') talk?.hangUp();
  if (choice === 'write' && talk) tell(talkingWords());
}

async function unplayable() {
  talk = null;
  stage('rest');
  const choice = await askToTalk(
    words('talk.unplayable'),
    [[words('setup.write'), 'write'], [words('common.notNow'), null]]);
  if (choice === 'write') start({ inWriting: true }); else showWallet();
}

/** The system may stop a page's sound at any time, for a call or a locked screen. */
async function soundChanged() {
  if (!talk?.live || !talk.hears) {
    isSoundPaused = false;
  } else if (sound.isRunning) {
    if (isSoundPaused) tell(`${words('sound.back')} ${talkingWords()}`);
    isSoundPaused = false;
    dismiss('choices');
  } else if (!isSoundPaused) {
    isSoundPaused = true;
    while (talk?.live && isSoundPaused) {
      if (!await ask(words(talk.isLate ? 'sound.pausedLate' : 'sound.paused'), [[words('setup.turnOn'), true]])) return;
      await sound.resume();
    }
  }
}

function line({ role, text }) {
  const list = byId('lines');
  list.hidden = false;
  // Who reads back stays where they are.
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(el('li', { className: role === 'agent' ? 'agent' : 'user', textContent: text }));
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

function say() {
  const field = byId('say-text');
  const text = field.value.trim();
  // What could not be sent stays.
  if (!text || !talk || talk.say(text)) field.value = '';
}

function ended({ reason, charged }) {
  const words = endWords(talk, reason, charged);
  talk = null;
  if (!api.bearer()) return;
  stage('rest');
  if (words) tell(words);
  // The page goes away. It may come back as it was left.
  if (reason !== 'left') showWallet({ isTold: Boolean(words) });
}
