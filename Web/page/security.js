import * as api from '../both/api.js';
import { alarm, byId, el, fault, notice } from '../both/dom.js';
import { words } from '../both/words.js';

const texts = {
  reauthentication_required: 'proof.first',
  operator_sign_in_required: 'proof.operator',
  invalid_credentials: 'proof.wrong.password',
};
const told = (error) => (texts[error.code] ? words(texts[error.code]) : error.message);

/** Shows what signs in to the account, what happened to it, and how to take one's data or leave. */
export function showSecurity(user, settings) {
  paint(user.second_factor);
  byId('add-app').onclick = () => run(byId('add-app'), beginApp);
  byId('remove-app').onclick = () => run(byId('remove-app'), removeApp);
  byId('app-form').onsubmit = confirmApp;
  byId('codes-kept').onclick = () => {
    byId('recovery').hidden = true;
    byId('recovery-codes').replaceChildren();
    // The focus must not fall out of the page with the button.
    byId('security-title').focus();
  };
  byId('copy-codes').onclick = () => run(byId('copy-codes'), async () => {
    await navigator.clipboard.writeText(codesText());
    notice(words('recovery.copied'));
  });
  byId('save-codes').onclick = () => run(byId('save-codes'), async () => {
    const { save } = await import('./export.js');
    save('talktime-recovery-codes.txt', codesText(), 'text/plain');
  });
  byId('trail-details').ontoggle = () => { if (byId('trail-details').open) openTrail().catch((error) => alarm(told(error))); };
  showName(user);
  // Without an answer there is nothing to choose from.
  showPlanMail().catch(() => {});
  byId('export').onclick = () => run(byId('export'), download);
  byId('delete-form').onsubmit = (event) => deleteAccount(event, settings);
}

const openTrail = async () => (await import('./trail.js')).showTrail();

const codesText = () => `${[...document.querySelectorAll('#recovery-codes li')].map(({ textContent }) => textContent).join('\n')}\n`;

/** Shows the name, and lets the user change or remove it. */
function showName(user) {
  const [form, field] = [byId('name-form'), byId('account-name')];
  /** @param {Contract.User} shown */
  const paintName = ({ name, email }) => {
    byId('name-now').textContent = name ?? words('account.noName');
    byId('who').textContent = name || email;
    field.value = name ?? '';
  };
  paintName(user);
  byId('email-now').textContent = user.email;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    fault(field);
    try {
      const { body } = await api.call('PATCH', '/auth/me', { body: { name: field.value.trim() || null } });
      paintName(body);
      byId('name-details').open = false;
      notice(words(body.name ? 'account.nameChanged' : 'account.nameRemoved'));
    } catch (refusal) {
      fault(field, refusal.problem?.errors ? words('account.badName') : told(refusal));
      field.focus();
    } finally { button.disabled = false; }
  };
}

function paint(isOn) {
  byId('app-state').textContent = words(isOn ? 'twoStep.isOn' : 'twoStep.isOff');
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
  drawCode(uri);
  // In groups, as it is typed.
  byId('app-secret').textContent = secret.match(/.{1,4}/g).join(' ');
  byId('app-link').href = uri;
  byId('app-error').hidden = true;
  byId('app-setup').hidden = false;
  byId('app-code').focus();
}

/** For the camera of another device. Without it the key can be typed. */
async function drawCode(uri) {
  const place = byId('app-picture');
  place.replaceChildren();
  try {
    const { qrCode } = await import('./qr-code.js');
    place.replaceChildren(qrCode(uri, words('twoStep.picture')));
  } catch { /* The key stands beside it. */ }
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
    byId('recovery').focus();
  } catch (error) {
    byId('app-error').textContent = told(error);
    byId('app-error').hidden = false;
  } finally { field.value = ''; }
}

async function removeApp() {
  if (!confirm(words('twoStep.confirmRemoval'))) return;
  await api.call('DELETE', '/auth/totp');
  byId('recovery').hidden = true;
  paint(false);
  notice(words('twoStep.isOff'));
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
      notice(words('account.planMailSaved'));
    } finally { paintChoice(); }
  });
  paintChoice();
  byId('plan-mail-label').hidden = false;
}

async function download() {
  const { collect, save } = await import('./export.js');
  const place = byId('export-state');
  try {
    const data = await collect((words) => { place.textContent = words; });
    save(`talktime-data-${data.account.exported_at.slice(0, 10)}.json`, JSON.stringify(data, null, 2), 'application/json');
    place.textContent = words('account.exported');
  } catch (error) {
    place.textContent = '';
    throw error;
  }
}

async function deleteAccount(event, settings) {
  event.preventDefault();
  const form = byId('delete-form');
  const button = form.querySelector('[type=submit]');
  const error = byId('delete-error');
  error.hidden = true;
  button.disabled = true;
  try {
    const { prove } = await import('../both/proof.js');
    const isDeleted = await prove({
      settings,
      title: words('account.delete'), text: words('account.deleteText'), passes: ['balance_left'],
      submit: (proof) => api.call('DELETE', '/auth/me', { body: { ...proof, forfeit: form.forfeit.checked } }),
    });
    if (isDeleted) location.assign('/');
  } catch (refusal) {
    const isLeft = refusal.code === 'balance_left';
    if (isLeft) byId('forfeit').hidden = false;
    error.textContent = isLeft ? words('account.balanceLeft') : told(refusal);
    error.hidden = false;
  } finally { button.disabled = false; }
}
