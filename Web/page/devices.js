// The microphones and speakers that there are, and which of them the user has chosen. This browser remembers it.
const PLACES = { audioinput: 'talktime-microphone', audiooutput: 'talktime-speaker' };

/** Chromium lists the system's own choice a second time under these names. */
const ALIASES = new Set(['default', 'communications']);

/** What was chosen of a kind: its `id` and `label`; null is the system's own choice. */
export function chosen(kind) {
  try {
    return JSON.parse(localStorage.getItem(PLACES[kind]));
  } catch { return null; /* Without a store nothing is remembered. */ }
}

/** @param device `{ id, label }`, or null for the system's own choice */
export function choose(kind, device) {
  try {
    if (device) localStorage.setItem(PLACES[kind], JSON.stringify(device));
    else localStorage.removeItem(PLACES[kind]);
  } catch { /* As above. */ }
}

/**
 * The devices of a kind, `audioinput` or `audiooutput`, each with `id` and `label`. A browser names them only to a page
 * that may use the microphone; without names the list is empty.
 */
export async function listDevices(kind) {
  const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  return all
    .filter((device) => device.kind === kind && device.label && !ALIASES.has(device.deviceId))
    .map(({ deviceId: id, label }) => ({ id, label }));
}

/**
 * Opens the chosen microphone; if it is not there, the system's own.
 * @param isDefault opens the system's own in any case
 * @throws where a page may not ask for a microphone at all, and as `getUserMedia` does
 */
export async function openMicrophone({ isDefault = false } = {}) {
  const wish = isDefault ? null : chosen('audioinput');
  try {
    return await record(wish?.id);
  } catch (error) {
    if (!wish || !['OverconstrainedError', 'NotFoundError'].includes(error.name)) throw error;
    return record();
  }
}

// Chromium may take a mere wish for the system's own choice.
const record = (id) => navigator.mediaDevices.getUserMedia({
  audio: { echoCancellation: true, noiseSuppression: true, ...(id && { deviceId: { exact: id } }) },
});

/** What a stream records: the microphone's id and label. */
export function microphoneOf(stream) {
  const [track] = stream.getAudioTracks();
  return { id: track?.getSettings().deviceId ?? '', label: track?.label ?? '' };
}

/** Hears of each device that is plugged in or unplugged. */
export const onDeviceChange = (body) => navigator.mediaDevices?.addEventListener('devicechange', body);
