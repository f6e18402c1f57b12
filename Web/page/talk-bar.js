// The talk while another view is shown: a bar with the time that is left and what the talk's own view says. It reads
// and presses what stands there, so that there is one talk and one set of buttons.
import { byId, notice } from '../both/dom.js';
import { words } from '../both/words.js';
import { currentView, go } from './router.js';
import { stageOfTalk } from './talk-stage.js';

/** The observer of the home that is shown. */
let observer = null;
/** Whether a talk or a call goes on, as far as the bar knows. */
let wasOn = false;

export function attendTalkBar() {
  observer?.disconnect();
  wasOn = false;
  byId('bar-back').onclick = () => go('/talk');
  byId('bar-hang-up').onclick = () => byId(stageOfTalk() === 'calling' ? 'cancel' : 'hang-up').click();
  observer = new MutationObserver(paint);
  observer.observe(byId('talk-card'), {
    subtree: true, childList: true, characterData: true, attributeFilter: ['hidden', 'data-level'],
  });
  paint();
}

document.addEventListener('view-shown', () => paint());

function paint() {
  const bar = byId('talk-bar');
  // Somebody has signed out.
  if (!byId('talk-card')) {
    wasOn = false;
    bar.hidden = true;
    return;
  }
  const isAway = currentView() !== null && currentView() !== 'talk';
  const stage = stageOfTalk();
  const isOn = ['calling', 'live', 'ending'].includes(stage);
  const words = byId('talk-state').textContent;
  // How it ended is told where it is read, if it was not told yet; the bar goes with the talk.
  if (wasOn && !isOn && isAway && words.trim() && words !== byId('bar-state').textContent) notice(words);
  wasOn = isOn;
  const hadFocus = bar.contains(document.activeElement);
  bar.hidden = !isAway || !isOn;
  if (hadFocus && bar.hidden) byId('main').focus();
  if (bar.hidden) return;
  bar.dataset.level = byId('talk-card').dataset.level;
  set('bar-clock', byId('clock').textContent);
  set('bar-state', words);
  set('bar-hang-up', words(stage === 'calling' ? 'common.cancel' : 'talk.hangUp'));
  byId('bar-hang-up').disabled = stage === 'ending';
}

/** Words that stay are not read out again. */
function set(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}
