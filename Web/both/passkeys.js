import * as api from './api.js';
import { alarm, byId, el, notice } from './dom.js';
import { when } from './format.js';
import { words } from './words.js';

/** @type {any} Newer than the declarations of the type checker. */
const { PublicKeyCredential } = globalThis;

// Browsers that read and write WebAuthn's own JSON have passkeys as they are needed here.
export const isSupported = () => Boolean(PublicKeyCredential?.parseRequestOptionsFromJSON);

/** What the browser can, by WebAuthn's names. */
async function capabilities() {
  if (!isSupported()) return {};
  return await PublicKeyCredential.getClientCapabilities?.()
    ?? { conditionalGet: await PublicKeyCredential.isConditionalMediationAvailable?.() };
}

/** Nobody is at fault: the user closed the browser's dialog, or the page ended the request. */
export const isCalledOff = (error) => error.name === 'NotAllowedError' || error.name === 'AbortError';

async function signIn(options) {
  const request = await api.post('/auth/passkey/options');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(request);
  const credential = (await navigator.credentials.get({ publicKey, ...options })).toJSON();
  try {
    return await api.passkey(credential);
  } catch (error) {
    // The passkey was removed from its account: the browser need not offer it any more.
    if (error.problem?.credential === 'unknown') {
      await PublicKeyCredential.signalUnknownCredential?.({ rpId: request.rpId, credentialId: credential.id });
    }
    throw error;
  }
}

/** An answer of one of the user's passkeys that proves their identity once more. */
export async function answerByPasskey() {
  const options = await api.post('/auth/reauth/options');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

// A challenge is good for five minutes.
const RENEWAL_MS = 240_000;

// A browser has one such request at a time.
let stopOffer = () => {};

/**
 * Offers a passkey at the entry, by a button and among what the browser fills in for the address.
 * @returns ends the offer; call it as soon as anybody is signed in.
 */
export function offerPasskey(onUser, onError) {
  stopOffer();
  let waiting = null;
  let renewal = null;
  const stop = () => {
    waiting?.abort();
    waiting = null;
    clearTimeout(renewal);
  };
  stopOffer = stop;
  const signedIn = (user) => {
    stop();
    onUser(user);
  };

  const wait = async () => {
    stop();
    const own = new AbortController();
    waiting = own;
    renewal = setTimeout(wait, RENEWAL_MS);
    try {
      signedIn(await signIn({ mediation: 'conditional', signal: own.signal }));
    } catch (error) {
      if (waiting !== own || isCalledOff(error)) return;
      if (error instanceof api.APIError && error.status === 401) {
        onError(error);
        wait();
      }
      // Anything else: the button is there, and so are the other ways.
    }
  };

  if (isSupported()) {
    const place = byId('passkey');
    const button = place.querySelector('button');
    button.onclick = async () => {
      stop();
      button.disabled = true;
      byId('entry-error').hidden = true;
      try {
        signedIn(await signIn({}));
      } catch (error) {
        if (!isCalledOff(error)) onError(error);
        wait();
      } finally { button.disabled = false; }
    };
    place.hidden = false;
    capabilities().then((can) => { if (can.conditionalGet && button.isConnected) wait(); }).catch(() => {});
  }
  return stop;
}

// One tab at a time makes a passkey, or reads the list and tells the browser of it: a list from before a new passkey
// would make the browser forget that.
const LOCK = 'talktime-passkeys';

/** Makes a passkey and stores it. Throws what the browser or the server throws. */
const create = (mediation) => navigator.locks.request(LOCK, () => createAlone(mediation));

async function createAlone(mediation) {
  const options = await api.post('/auth/passkeys/options', mediation ? { mediation } : {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create(mediation ? { publicKey, mediation } : { publicKey });
  const name = navigator.userAgentData?.platform || undefined;
  return api.post('/auth/passkeys', { credential: credential.toJSON(), name });
}

/** After a sign-in by password: where the browser can, it makes a passkey without asking. */
export async function createSilently() {
  try {
    if (!(await capabilities()).conditionalCreate) return;
    await create('conditional');
    await showPasskeys();
  } catch { /* The password goes on working. */ }
}

const refusals = {
  reauthentication_required: 'proof.first',
  too_many_passkeys: 'passkey.tooMany',
  last_way_in: 'passkey.last',
};
const tell = (error) => alarm(refusals[error.code] ? words(refusals[error.code]) : error.message);

/** The user's passkeys at home, with a button for one more. */
export async function showPasskeys() {
  const card = byId('passkeys-card');
  if (!card) return;
  const items = await navigator.locks.request(LOCK, { ifAvailable: true }, readList);
  if (!card.isConnected) return;
  const list = byId('passkeys');
  list.replaceChildren(...items.map(row));
  list.hidden = items.length === 0;
  const add = byId('add-passkey');
  add.hidden = !isSupported();
  add.onclick = addOne;
  card.hidden = !isSupported() && items.length === 0;
}

/** The browser hides passkeys that are not in the list any more. Without the lock, a passkey is just being made. */
async function readList(lock) {
  const { items, signal } = await api.get('/auth/passkeys');
  if (lock && isSupported()) await PublicKeyCredential.signalAllAcceptedCredentials?.(signal)?.catch(() => {});
  return items;
}

function row(passkey) {
  const used = passkey.last_used_at ? words('device.lastUsed', { time: when(passkey.last_used_at) }) : words('passkey.unused');
  const remove = el('button', { className: 'quiet', textContent: words('common.remove'), onclick: () => removeOne(passkey, remove) });
  remove.setAttribute('aria-label', words('passkey.remove', { name: passkey.name }));
  return el('li', {}, el('span', { textContent: passkey.name }), el('span', { className: 'hint', textContent: used }), remove);
}

async function addOne() {
  const button = byId('add-passkey');
  button.disabled = true;
  try {
    await create();
    notice(words('passkey.added'));
    await showPasskeys();
  } catch (error) {
    if (error.name === 'InvalidStateError') notice(words('passkey.known'));
    else if (!isCalledOff(error)) tell(error);
  } finally { button.disabled = false; }
}

async function removeOne(passkey, button) {
  button.disabled = true;
  try {
    await api.call('DELETE', `/auth/passkeys/${passkey.id}`);
    notice(words('passkey.removed'));
    await showPasskeys();
  } catch (error) { tell(error); } finally { button.disabled = false; }
}
