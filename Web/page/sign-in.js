import * as api from '../both/api.js';
import { alarm, byId, el, notice } from '../both/dom.js';
import { when } from '../both/format.js';
import { askGoogle } from '../both/google.js';
import { Pages } from '../both/pages.js';
import { isCalledOff } from '../both/passkeys.js';
import { words } from '../both/words.js';

const refusals = {
  reauthentication_required: 'proof.first',
  operator_sign_in_required: 'proof.operator',
  invalid_credentials: 'account.wrongPassword',
  password_locked: 'account.passwordLocked',
  rate_limited: 'account.tooMany',
  email_taken: 'account.emailTaken',
  google_account_taken: 'account.googleTaken',
  password_required: 'account.googleOnly',
};
const told = (error) => api.faultsOf(error) || (refusals[error.code] ? words(refusals[error.code]) : error.message);

/** What one signs in with, and where: password, address, Google, and the devices. */
export function showSignIn(user, settings) {
  for (const node of document.querySelectorAll('[data-has=password]')) node.hidden = !user.has_password;
  byId('password-form').onsubmit = (event) => send(event, '/auth/password/change', words('account.passwordChanged'));
  byId('email-form').onsubmit = (event) => send(event, '/auth/email/change', words('account.emailMailed'));
  byId('devices-details').ontoggle = () => { if (byId('devices-details').open) showDevices().catch((error) => alarm(told(error))); };
  byId('end-others').onclick = () => run(byId('end-others'), endOthers);
  if (settings.google_client_id) paintGoogle(user.google_linked, settings.google_client_id);
}

async function run(button, body) {
  button.disabled = true;
  try { await body(); } catch (error) {
    if (!isCalledOff(error)) alarm(told(error));
  } finally { button.disabled = false; }
}

async function send(event, path, done) {
  event.preventDefault();
  const form = event.target;
  const [button, error] = [form.querySelector('[type=submit]'), form.querySelector('.error')];
  error.hidden = true;
  button.disabled = true;
  try {
    await api.post(path, Object.fromEntries(new FormData(form)), { 'X-Session': 'cookie' });
    form.reset();
    form.closest('details').open = false;
    notice(done);
  } catch (refusal) {
    error.textContent = told(refusal);
    error.hidden = false;
  } finally { button.disabled = false; }
}

async function showDevices() {
  const devices = new Pages('/auth/sessions', 100);
  const { deviceName } = await import('./device-names.js');
  await devices.while(() => true);
  // The device that one looks from comes first.
  const items = devices.items.toSorted((one, other) => Number(other.current) - Number(one.current));
  byId('devices')?.replaceChildren(...items.map((device) => row(device, deviceName(device.user_agent))));
  byId('end-others').hidden = items.length < 2;
}

function row(device, name) {
  const hint = device.current ? words('device.this') : [words('device.lastUsed', { time: when(device.last_used_at) }), device.network].filter(Boolean).join(', ');
  const end = el('button', { className: 'quiet', textContent: words('nav.signOut'), onclick: () => run(end, () => endOne(device, name)) });
  end.setAttribute('aria-label', words('device.end', { name }));
  return el('li', {}, el('span', { textContent: name, title: device.user_agent ?? '' }), el('span', { className: 'hint', textContent: hint }), device.current ? null : end);
}

async function endOne(device, name) {
  await api.call('DELETE', `/auth/sessions/${device.id}`);
  notice(words('device.ended', { name }));
  await showDevices();
}

async function endOthers() {
  await api.call('DELETE', '/auth/sessions', { headers: { 'X-Session': 'cookie' } });
  notice(words('device.othersEnded'));
  await showDevices();
}

function paintGoogle(isLinked, clientID) {
  const [place, button] = [byId('google-link'), byId('toggle-google')];
  place.hidden = false;
  place.replaceChildren(button);
  button.textContent = words(isLinked ? 'google.remove' : 'google.add');
  button.onclick = () => run(button, async () => {
    try {
      if (isLinked) await api.call('DELETE', '/auth/google');
      else await api.post('/auth/google/link', await askGoogle(place, clientID));
      paintGoogle(!isLinked, clientID);
      notice(words(isLinked ? 'google.removed' : 'google.added'));
    } finally { if (!button.isConnected) place.replaceChildren(button); }
  });
}
