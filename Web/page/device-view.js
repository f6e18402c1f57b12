// The choice of microphone and speaker, before a talk and in it.
import { sound, stop } from './audio.js';
import { choose, chosen, listDevices, microphoneOf, onDeviceChange, openMicrophone } from './devices.js';
import { byId, el } from '../both/dom.js';
import { words } from '../both/words.js';
import { refusals } from './setup.js';

const KINDS = { audioinput: 'microphone', audiooutput: 'speaker' };
/** What the system's own choice of each kind is called, by its key. */
const OWN = { audioinput: 'device.ownMicrophone', audiooutput: 'device.ownSpeaker' };

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
  else hint(words('device.hint'));
}

function fill(kind, devices) {
  const select = byId(KINDS[kind]);
  const choice = chosen(kind);
  const options = [{ id: '', label: words(OWN[kind]) }, ...devices];
  // One that was chosen and is unplugged can be chosen still: it counts again as soon as it is back.
  if (choice && !devices.some(({ id }) => id === choice.id)) {
    options.push({ id: choice.id, label: words('device.away', { name: choice.label }) });
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
    hint(words(refusals[error.name] ?? 'device.unusable'));
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
    hint(words('device.noMicrophone', { name: choice?.label ?? words(OWN.audioinput) }));
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
  hint(words('device.noSpeaker', { name: choice?.label ?? words(OWN.audiooutput) }));
  sound.useSpeaker(chosen('audiooutput')?.id ?? '');
}

/** Says which microphone a talk has, if it is not the chosen one. */
export function tellOfMissingMicrophone(stream) {
  const choice = chosen('audioinput');
  const { id, label } = microphoneOf(stream);
  if (choice && id && id !== choice.id) page.tell(words('device.otherMicrophone', { name: choice.label, label }));
}

/** A talk has begun: what is plugged in counts from now on, and a chosen speaker that is not there is told. */
export async function attendDevices() {
  await fillDevices();
  const choice = chosen('audiooutput');
  if (!choice || !speakers?.size || speakers.has(choice.id)) return;
  page.tell(words('device.speakerAway', { name: choice.label }));
}

onDeviceChange(async () => {
  const before = speakers;
  const choice = chosen('audiooutput');
  const now = new Set((await listDevices('audiooutput')).map(({ id }) => id));
  speakers = now;
  if (choice && before?.has(choice.id) && !now.has(choice.id)) {
    await sound.useSpeaker('');
    page.tell(words('device.speakerGone', { name: choice.label }));
  } else if (choice && before && !before.has(choice.id) && now.has(choice.id)) {
    await sound.useSpeaker(choice.id);
    page.tell(words('device.speakerBack', { name: choice.label }));
  }
  if (byId('sound-devices')?.open) fillDevices();
});
