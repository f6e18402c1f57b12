// The sound of a talk while it goes on: a context that the system pauses, a microphone that is unplugged, muted or
// changed.
import { sound } from './audio.js';
import { openMicrophone, microphoneOf, onDeviceChange } from './devices.js';
import { attendDevices, fillDevices, tellOfMissingMicrophone } from './device-view.js';
import { dismiss } from '../both/dom.js';
import { words } from '../both/words.js';
import { page, showMute } from './talk-card.js';

/** The talk whose sound is attended to; null in between. */
let talk = null;
let isPaused = false;
/** Whether the microphone went in the middle of the talk. */
let isLost = false;
/** The search for another microphone that is under way. */
let search = null;

export function attendSound(current) {
  talk = current;
  isPaused = isLost = false;
  const heard = { unplugged, paused, resumed };
  for (const [type, body] of Object.entries(heard)) {
    current.addEventListener(type, () => { if (talk === current && current.live) body(); });
  }
  soundChanged();
  if (current.hears) attendDevices();
}

export function leaveSound() {
  talk = null;
  isPaused = isLost = false;
}

/** What is so just now, after something else was told. */
export function talkingWords(current) {
  if (current.isLate) return [current.isMuted ? words('sound.isMuted') : '', words('sound.late')].filter(Boolean).join(' ');
  if (current.isAgentSilent) return words('sound.agentSilent');
  if (!current.hasMicrophone) return words('sound.unheard');
  return words(current.isMuted ? 'sound.muted' : 'sound.talking');
}

export function toggleMute() {
  if (!talk?.live) return;
  talk.isMuted = !talk.isMuted;
  showMute(talk);
  page.tell(talkingWords(talk));
}

function tellHeard(stream, before = '') {
  const { label } = microphoneOf(stream);
  const through = label ? words('sound.through', { label }) : words('sound.throughAnother');
  const [muted, late] = [talk.isMuted ? words('sound.stillMuted') : '', talk.isLate ? words('sound.late') : ''];
  page.tell([before, through, muted, late].filter(Boolean).join(' '));
  showMute(talk);
  fillDevices();
}

/** Lets the talk hear the microphone that the user has chosen. */
export async function useChosenMicrophone() {
  const current = talk;
  if (!current?.live || !current.hears) return;
  const stream = await openMicrophone();
  await current.useMicrophone(stream);
  if (talk !== current) return;
  isLost = false;
  dismiss('choices');
  tellHeard(stream);
  tellOfMissingMicrophone(stream);
}

/** Another microphone takes its place; if there is none, the user chooses. */
async function unplugged() {
  const current = talk;
  isLost = true;
  showMute(current);
  page.tell(words('sound.looking'));
  if (await findAnother(current, words('sound.gone')) || talk !== current || !isLost) return;
  const choice = await page.choose(
    words('sound.lost'),
    [[words('setup.write'), 'write'], [words('talk.hangUp'), 'end']]);
  if (choice === 'end') current.hangUp();
  if (choice === 'write' && talk === current) page.tell(words('sound.writing'));
}

/** A device that is unplugged is heard of twice: by its track, and by the list of devices. One search is enough. */
function findAnother(current, words) {
  search ??= openAnother(current, words).finally(() => { search = null; });
  return search;
}

async function openAnother(current, words) {
  try {
    const stream = await openMicrophone({ isDefault: true });
    await current.useMicrophone(stream);
    if (talk !== current) return false;
    isLost = false;
    dismiss('choices');
    tellHeard(stream, words);
    return true;
  } catch { return false; }
}

onDeviceChange(() => {
  if (talk?.live && isLost) findAnother(talk, words('sound.again'));
});

function paused() {
  page.tell(words(talk.isLate ? 'sound.silencedLate' : 'sound.silenced'));
}

function resumed() {
  page.tell(`${words('sound.resumed')} ${talkingWords(talk)}`);
}

/** The system may stop a page's sound at any time, for a call or a locked screen. */
async function soundChanged() {
  if (!talk?.live || !talk.hears) {
    isPaused = false;
  } else if (sound.isRunning) {
    if (isPaused) page.tell(`${words('sound.back')} ${talkingWords(talk)}`);
    if (isPaused || !isLost) dismiss('choices');
    isPaused = false;
  } else if (!isPaused) {
    isPaused = true;
    while (talk?.live && isPaused) {
      if (!await page.choose(words(talk.isLate ? 'sound.pausedLate' : 'sound.paused'), [[words('setup.turnOn'), true]])) return;
      await sound.resume();
    }
  }
}

sound.addEventListener('changed', soundChanged);
// Not `pointerdown`: the buttons move when the question goes, and the press would miss them.
for (const sign of ['pointerup', 'keydown', 'visibilitychange']) {
  document.addEventListener(sign, () => { if (isPaused && document.visibilityState === 'visible') sound.resume(); });
}
