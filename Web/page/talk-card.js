// The talk's card: what it shows at each stage, where the talk's state is told, and the lines of the conversation.
import { byId, choose, dismiss, el } from '../both/dom.js';
import { clock } from '../both/format.js';
import { words } from '../both/words.js';
import { hideLevels, showLevels } from './levels.js';
import { isPaying } from './overlay.js';
import { makeRing, paintTime } from './ring.js';
import { setStage, stageOfTalk } from './talk-stage.js';
import { askToTopUp, forgetWarnings } from './top-up.js';

let ticker = null;
/** Whether the newest line is seen. Who reads back stays where they are. */
let isAtEnd = true;

/** Where the talk's state is told, and questions about it are asked. */
export const page = {
  tell(text) {
    const place = byId('talk-state');
    if (place && place.textContent !== text) place.textContent = text;
  },
  choose(text, choices) {
    page.tell(text);
    return choose('choices', choices);
  },
};

export const isShown = () => Boolean(byId('start'));

/** @param say receives what the user writes to the agent */
export function makeCard(say) {
  makeRing();
  byId('add-time').onclick = askToTopUp;
  byId('add-minutes').onclick = () => {
    byId('packs-title').scrollIntoView({ block: 'start' });
    byId('packs-title').focus({ preventScroll: true });
  };
  const list = byId('lines');
  isAtEnd = true;
  list.onscroll = () => { isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40; };
  // A keyboard on the screen, or a phone that is turned, leaves the list less room.
  new ResizeObserver(() => { if (isAtEnd) list.scrollTop = list.scrollHeight; }).observe(list);
  byId('say').onsubmit = (event) => {
    event.preventDefault();
    const field = byId('say-text');
    const text = field.value.trim();
    // What could not be sent stays.
    if (!text || say(text)) field.value = '';
  };
}

/** What can be done at rest: to talk, or to buy first. */
export function offerStart({ canStart, isEmpty }) {
  const atRest = stageOfTalk() === 'rest';
  byId('start').disabled = !canStart;
  // Not `hidden`, which tells that it is not the time for it.
  byId('start').classList.toggle('absent', isEmpty);
  byId('add-minutes').hidden = !atRest || !isEmpty;
}

/**
 * Shows the card at a stage.
 * @param talk the one that goes on, where there is one
 */
export function showStage(stage, talk = null) {
  const isNew = stage !== stageOfTalk();
  setStage(stage);
  clearInterval(ticker);
  hideLevels();
  if (!isShown()) return;
  const card = byId('talk-card');
  // The next Enter must neither hang up nor call: the focus goes to what cannot be pressed. If it is nowhere while the
  // checkout is open, it is the payment that places it.
  const isNowhere = document.activeElement === document.body && !isPaying();
  if (isNew && (card.contains(document.activeElement) || isNowhere)) byId('talk-title').focus();
  byId('talk-title').textContent = words(stage === 'live' ? 'bar.name' : 'talk.title');
  const isLive = stage === 'live';
  byId('start').hidden = stage !== 'rest';
  byId('add-minutes').hidden = true;
  byId('cancel').hidden = stage !== 'calling';
  byId('hang-up').hidden = byId('say').hidden = byId('spending').hidden = !isLive;
  byId('sound-devices').hidden = !['rest', 'live'].includes(stage) || isLive && !talk.hears;
  card.classList.toggle('live', isLive);
  dismiss('choices');
  if (!isLive) forgetWarnings();
  showMute(isLive ? talk : null);
  if (stage === 'calling') byId('lines').replaceChildren();
  if (isLive) {
    byId('lines').hidden = false;
    showLevels(talk);
    ticker = setInterval(() => paintTalk(talk), 250);
    paintTalk(talk);
  }
  if (stage === 'rest') byId('start').disabled = false;
}

function paintTalk(talk) {
  if (!isShown()) return;
  paintTime(talk.remaining, talk.full);
  const spent = words('talk.spent', { time: clock(talk.spent) });
  if (byId('spent').textContent !== spent) byId('spent').textContent = spent;
}

/** @param talk null: nobody talks here */
export function showMute(talk) {
  const button = byId('mute');
  if (!button) return;
  const isOffered = Boolean(talk?.hasMicrophone);
  if (!isOffered && document.activeElement === button) byId('talk-title').focus();
  button.hidden = !isOffered;
  button.textContent = words(talk?.isMuted ? 'talk.unmute' : 'talk.mute');
}

export function addLine({ role, text }) {
  const list = byId('lines');
  list.append(el('li', { className: role === 'agent' ? 'agent' : 'user', textContent: text }));
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}
