import * as api from '../both/api.js';
import { alarm, byId, el, notice } from '../both/dom.js';
import { when } from '../both/format.js';
import { askGoogle } from '../both/google.js';
import { Pages } from '../both/pages.js';
import { isCalledOff } from '../both/passkeys.js';
import { deviceName } from './device-names.js';

const words = {
  reauthentication_required: 'Please confirm that it is you first.',
  operator_sign_in_required: 'Sign in with your passkey or a code first.',
  invalid_credentials: 'The present password is not right.',
  password_locked: 'There were too many wrong passwords. Choose a new one by mail.',
  rate_limited: 'There were too many tries. Wait some minutes.',
  email_taken: 'Another account has this address.',
  google_account_taken: 'Another account has this Google account.',
  password_required: 'Google is your only way to sign in. Choose a password first, by "Forgot your password?".',
};
const told = (error) => error.problem?.errors?.map(({ message }) => message).join(' ') || words[error.code] || error.message;

/** What one signs in with, and where: password, address, Google, and the devices. */
export function showSignIn(user, settings) {
  for (const node of document.querySelectorAll('[data-has=password]')) node.hidden = !user.has_password;
  byId('password-form').onsubmit = (event) => send(event, '/auth/password/change', 'Your password is changed, and everybody else is signed out.');
  byId('email-form').onsubmit = (event) => send(event, '/auth/email/change', 'Look into the mail of the new address: its link completes the change.');
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
  await devices.while(() => true);
  // The device that one looks from comes first.
  const items = devices.items.toSorted((one, other) => Number(other.current) - Number(one.current));
  byId('devices')?.replaceChildren(...items.map(row));
  byId('end-others').hidden = items.length < 2;
}

function row(device) {
  const name = deviceName(device.user_agent);
  const hint = device.current ? 'this one' : [`last used ${when(device.last_used_at)}`, device.network].filter(Boolean).join(', ');
  const end = el('button', { className: 'quiet', textContent: 'Sign out', onclick: () => run(end, () => endOne(device)) });
  end.setAttribute('aria-label', `Sign out ${name}`);
  return el('li', {}, el('span', { textContent: name, title: device.user_agent ?? '' }), el('span', { className: 'hint', textContent: hint }), device.current ? null : end);
}

async function endOne(device) {
  await api.call('DELETE', `/auth/sessions/${device.id}`);
  notice(`${deviceName(device.user_agent)} is signed out.`);
  await showDevices();
}

async function endOthers() {
  await api.call('DELETE', '/auth/sessions', { headers: { 'X-Session': 'cookie' } });
  notice('Everybody else is signed out.');
  await showDevices();
}

function paintGoogle(isLinked, clientID) {
  const [place, button] = [byId('google-link'), byId('toggle-google')];
  place.hidden = false;
  place.replaceChildren(button);
  button.textContent = isLinked ? 'Remove Google' : 'Add Google';
  button.onclick = () => run(button, async () => {
    try {
      if (isLinked) await api.call('DELETE', '/auth/google');
      else await api.post('/auth/google/link', await askGoogle(place, clientID));
      paintGoogle(!isLinked, clientID);
      notice(isLinked ? 'Google is removed.' : 'Google is added.');
    } finally { if (!button.isConnected) place.replaceChildren(button); }
  });
}
