// The choice of microphone and speaker, before a talk and in it.
import { sound, stop } from './audio.js';
import { choose, chosen, listDevices, microphoneOf, onDeviceChange, openMicrophone } from './devices.js';
import { byId, el } from '../both/dom.js';
import { refusals } from './setup.js';

const KINDS = { audioinput: 'microphone', audiooutput: 'speaker' };
/** What the system's own choice of each kind is called. */
const OWN = { audioinput: 'The system’s microphone', audiooutput: 'The system’s speaker' };

/** @type {{ useMicrophone: () => Promise<void>, tell: (text: string) => void }} */
let page = { useMicrophone: async () => {}, tell: () => {} };
/** The labels of the speakers that were there last. */
let speakers = null;

/**
 * @param given what the page does: `useMicrophone()` lets a talk that goes on hear the chosen one, and throws if that
 *   fails; `tell(text)` says something about the sound
 */
export function showDevices(given) {
  page = given;
  const details = byId('sound-devices');
  details.ontoggle = () => { if (details.open) fillDevices(); };
  byId('name-devices').onclick = nameDevices;
  byId('microphone').onchange = chooseMicrophone;
  byId('speaker').onchange = chooseSpeaker;
  const speaker = chosen('audiooutput');
  if (speaker) sound.useSpeaker(speaker.id);
}

/** Shows the devices as they are now. */
export async function fillDevices() {
  const [microphones, heard] = await Promise.all([listDevices('audioinput'), listDevices('audiooutput')]);
  if (!byId('sound-devices')) return;
  speakers = new Set(heard.map(({ id }) => id));
  const isNamed = microphones.length + heard.length > 0;
  fill('audioinput', microphones);
  fill('audiooutput', heard);
  byId('microphone-choice').hidden = !isNamed;
  byId('speaker-choice').hidden = !isNamed || !sound.canChooseSpeaker;
  byId('name-devices').hidden = isNamed;
  if (isNamed) hint('');
  else hint('Your browser names your devices once this page may use the microphone. Nothing is recorded.');
}

function fill(kind, devices) {
  const select = byId(KINDS[kind]);
  const choice = chosen(kind);
  const options = [{ id: '', label: OWN[kind] }, ...devices];
  // One that was chosen and is unplugged can be chosen still: it counts again as soon as it is back.
  if (choice && !devices.some(({ id }) => id === choice.id)) {
    options.push({ id: choice.id, label: `${choice.label} (not there)` });
  }
  select.replaceChildren(...options.map(({ id, label }) => el('option', { value: id, textContent: label })));
  select.value = choice?.id ?? '';
}

const hint = (text) => { byId('devices-hint').textContent = text; };

/** The browser asks whether the page may use the microphone; afterwards the devices have names. */
async function nameDevices() {
  try {
    stop(await openMicrophone());
    await fillDevices();
    byId('microphone').focus();
  } catch (error) {
    hint(refusals[error.name] || 'The microphone cannot be used.');
  }
}

/** What a list has chosen; null is the system's own. */
function picked(select) {
  return select.value ? { id: select.value, label: select.selectedOptions[0].textContent } : null;
}

async function chooseMicrophone() {
  const before = chosen('audioinput');
  const choice = picked(byId('microphone'));
  choose('audioinput', choice);
  hint('');
  try {
    await page.useMicrophone();
  } catch {
    choose('audioinput', before);
    await fillDevices();
    hint(`“${choice?.label ?? OWN.audioinput}” cannot be used. The agent hears the one before.`);
  }
}

async function chooseSpeaker() {
  const choice = picked(byId('speaker'));
  hint('');
  if (await sound.useSpeaker(choice?.id ?? '')) {
    choose('audiooutput', choice);
    return;
  }
  await fillDevices();
  hint(`“${choice?.label ?? OWN.audiooutput}” cannot be used. The sound comes from the one before.`);
  sound.useSpeaker(chosen('audiooutput')?.id ?? '');
}

/** Says which microphone a talk has, if it is not the chosen one. */
export function tellOfMissingMicrophone(stream) {
  const choice = chosen('audioinput');
  const { id, label } = microphoneOf(stream);
  if (choice && id && id !== choice.id) page.tell(`“${choice.label}” is not there. The agent hears “${label}”.`);
}

/** A talk has begun: what is plugged in counts from now on, and a chosen speaker that is not there is told. */
export async function attendDevices() {
  await fillDevices();
  const choice = chosen('audiooutput');
  if (!choice || !speakers?.size || speakers.has(choice.id)) return;
  page.tell(`“${choice.label}” is not there. ${SYSTEM_SPEAKER}`);
}

const SYSTEM_SPEAKER = 'The sound comes from the system’s speaker.';

onDeviceChange(async () => {
  const before = speakers;
  const choice = chosen('audiooutput');
  const now = new Set((await listDevices('audiooutput')).map(({ id }) => id));
  speakers = now;
  if (choice && before?.has(choice.id) && !now.has(choice.id)) {
    await sound.useSpeaker('');
    page.tell(`“${choice.label}” is gone. ${SYSTEM_SPEAKER}`);
  } else if (choice && before && !before.has(choice.id) && now.has(choice.id)) {
    await sound.useSpeaker(choice.id);
    page.tell(`The sound comes from “${choice.label}” again.`);
  }
  if (byId('sound-devices')?.open) fillDevices();
});
