import * as api from '../both/api.js';
import { alarm, byId, el, notice } from '../both/dom.js';
import { when } from '../both/format.js';
import { prove } from '../both/proof.js';

const texts = {
  reauthentication_required: 'Please confirm that it is you first.',
  operator_sign_in_required: 'Sign in with your passkey or a code first.',
  invalid_credentials: 'This is not right.',
};
const told = (error) => texts[error.code] || error.message;

/** Shows what signs in to the account, what happened to it, and how to take one's data or leave. */
export function showSecurity(user) {
  paint(user.second_factor);
  byId('add-app').onclick = () => run(byId('add-app'), beginApp);
  byId('remove-app').onclick = () => run(byId('remove-app'), removeApp);
  byId('app-form').onsubmit = confirmApp;
  byId('codes-kept').onclick = () => {
    byId('recovery').hidden = true;
    byId('recovery-codes').replaceChildren();
  };
  byId('trail-details').ontoggle = () => { if (byId('trail-details').open) showTrail().catch((error) => alarm(told(error))); };
  // Without an answer there is nothing to choose from.
  showPlanMail().catch(() => {});
  byId('export').onclick = () => run(byId('export'), download);
  byId('delete-form').onsubmit = deleteAccount;
}

function paint(isOn) {
  byId('app-state').textContent = isOn ? 'Two-step sign-in is on.' : 'Two-step sign-in is off.';
  byId('add-app').hidden = isOn;
  byId('remove-app').hidden = !isOn;
  byId('app-setup').hidden = true;
}

async function run(button, body) {
  button.disabled = true;
  try { await body(); } catch (error) { alarm(told(error)); } finally { button.disabled = false; }
}

async function beginApp() {
  const { secret, uri } = await api.post('/auth/totp');
  // In groups, as it is typed.
  byId('app-secret').textContent = secret.match(/.{1,4}/g).join(' ');
  byId('app-link').href = uri;
  byId('app-error').hidden = true;
  byId('app-setup').hidden = false;
  byId('app-code').focus();
}

async function confirmApp(event) {
  event.preventDefault();
  const field = byId('app-code');
  byId('app-error').hidden = true;
  try {
    const { recovery_codes: codes } = await api.post('/auth/totp/confirm', { code: field.value.trim() }, { 'X-Session': 'cookie' });
    paint(true);
    byId('recovery-codes').replaceChildren(...codes.map((code) => el('li', {}, el('code', { textContent: code }))));
    byId('recovery').hidden = false;
    byId('codes-kept').focus();
  } catch (error) {
    byId('app-error').textContent = told(error);
    byId('app-error').hidden = false;
  } finally { field.value = ''; }
}

async function removeApp() {
  if (!confirm('Without the app your password alone signs in. Remove it?')) return;
  await api.call('DELETE', '/auth/totp');
  byId('recovery').hidden = true;
  paint(false);
  notice('Two-step sign-in is off.');
}

/** Shows what the mails about care plans hold, out of what is offered here, and lets the user choose. */
async function showPlanMail() {
  const field = byId('plan-mail');
  let current = await api.get('/auth/me/care-plan-mail');
  const paintChoice = () => {
    for (const option of field.options) option.hidden = option.disabled = !current.offered.includes(option.value);
    field.value = current.kind;
  };
  field.onchange = () => run(field, async () => {
    try {
      current = (await api.call('PUT', '/auth/me/care-plan-mail', { body: { choice: field.value } })).body;
      notice('This counts from the next mail on.');
    } finally { paintChoice(); }
  });
  paintChoice();
  byId('plan-mail-label').hidden = false;
}

const kinds = {
  registered: 'Account created', signed_in: 'Signed in', device_ended: 'Device signed out', email_verified: 'Address confirmed',
  email_change_requested: 'Change of the address asked for', email_changed: 'Address changed', email_change_undone: 'Change of the address undone',
  password_reset_requested: 'New password asked for', password_reset: 'New password by mail', password_changed: 'Password changed',
  google_linked: 'Google added', google_unlinked: 'Google removed', passkey_added: 'Passkey added', passkey_removed: 'Passkey removed',
  second_factor_added: 'Authenticator app added', second_factor_removed: 'Authenticator app removed',
  care_plan_mail_chosen: 'Mails about care plans chosen',
  operator_rights_removed: 'Operator rights removed', disabled: 'Account disabled', enabled: 'Account enabled', claimed: 'Account taken over',
};

async function showTrail() {
  const { items } = await api.get('/auth/trail?limit=50');
  byId('trail').replaceChildren(...items.map((item) => el('li', {},
    el('span', { textContent: kinds[item.kind] || item.kind }),
    el('span', { className: 'hint', textContent: [when(item.at), item.network].filter(Boolean).join(', ') }))));
}

async function download() {
  const data = await api.get('/auth/me/export');
  const url = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }));
  el('a', { href: url, download: `talktime-account-${data.exported_at.slice(0, 10)}.json` }).click();
  URL.revokeObjectURL(url);
}

async function deleteAccount(event) {
  event.preventDefault();
  const form = byId('delete-form');
  const button = form.querySelector('[type=submit]');
  const error = byId('delete-error');
  error.hidden = true;
  button.disabled = true;
  try {
    const isDeleted = await prove({
      title: 'Delete your account', text: 'This cannot be undone. Confirm that it is you.', passes: ['balance_left'],
      submit: (proof) => api.call('DELETE', '/auth/me', { body: { ...proof, forfeit: form.forfeit.checked } }),
    });
    if (isDeleted) location.assign('/');
  } catch (refusal) {
    const isLeft = refusal.code === 'balance_left';
    if (isLeft) byId('forfeit').hidden = false;
    error.textContent = isLeft ? 'Talk time is left. Use it first, or give it up.' : told(refusal);
    error.hidden = false;
  } finally { button.disabled = false; }
}
