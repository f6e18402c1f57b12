// What is settled before a call costs anything: the microphone and the sound.
import { words } from '../both/words.js';
import { sound, stop } from './audio.js';
import { openMicrophone } from './devices.js';

/** Why there is no microphone: the key of the words, by the name of the browser's error. */
export const refusals = {
  NotAllowedError: 'device.notAllowed',
  NotFoundError: 'device.none',
  NotReadableError: 'device.taken',
};

const isCancelled = () => new DOMException('The call was cancelled.', 'AbortError');

/** Gives up on a promise when the signal is aborted. */
function until(signal, promise) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(isCancelled()); return; }
    signal.addEventListener('abort', () => reject(isCancelled()), { once: true });
    promise.then(resolve, reject);
  });
}

/**
 * Waits for the microphone and for the sound, and asks if there is no microphone. Call it within a click.
 * @param page `tell(text)` shows what is waited for. `choose(text, choices)` asks, and gives a choice's value, or null.
 * @param inWriting the user has chosen to write already
 * @returns the `stream` of the microphone (null: in writing), and whether the user `hears` the agent
 * @throws AbortError if the user does not want to go on
 */
export async function settle(signal, page, { inWriting = false } = {}) {
  if (inWriting) return { stream: null, hears: false };
  // Both begin within the click.
  const sounding = opened();
  const asked = openMicrophone();
  try {
    page.tell(words('setup.waiting'));
    const stream = await until(signal, asked).catch((error) => refused(error, signal, page));
    await until(signal, sounding);
    if (await audible(signal, page)) {
      // Without it the agent's answer would wait. One that cannot be loaded now is asked for once more then.
      if (stream) await until(signal, sound.loadRecorder().catch(() => {}));
      return { stream, hears: true };
    }
    // A context that does not run records nothing, either.
    stop(stream);
    return { stream: null, hears: false };
  } catch (error) {
    // The answer may come later than the user's patience lasts.
    asked.then(stop, () => {});
    throw error;
  }
}

async function opened() {
  try {
    const resuming = sound.open();
    // A context that is suspended may not answer: it is waited for later.
    sound.loadRecorder().catch(() => {});
    await resuming;
  } catch { /* No device for sound: it does not run, and that is asked about. */ }
}

async function refused(error, signal, page) {
  if (signal.aborted) throw error;
  const why = words(refusals[error.name] ?? 'device.unusable');
  const choice = await until(signal, page.choose(
    words('setup.instead', { why }),
    [[words('setup.write'), 'write'], [words('common.notNow'), null]]));
  if (choice !== 'write') throw isCancelled();
  return null;
}

/** A slow device may start by itself meanwhile. */
const running = () => new Promise((resolve) => {
  sound.addEventListener('changed', () => { if (sound.isRunning) resolve('sound'); });
});

async function audible(signal, page) {
  while (!sound.isRunning) {
    const asked = page.choose(
      words('setup.off'),
      [[words('setup.turnOn'), 'sound'], [words('setup.silent'), 'write'], [words('common.notNow'), null]]);
    const choice = await until(signal, Promise.race([asked, running()]));
    if (choice === 'write') return false;
    if (choice === null) throw isCancelled();
    await until(signal, opened());
  }
  return true;
}
