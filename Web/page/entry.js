import * as api from '../both/api.js';
import { byId, mark } from '../both/dom.js';
import { askGoogle, loadGoogle } from '../both/google.js';
import { createSilently, isCalledOff, offerPasskey } from '../both/passkeys.js';
import { words } from '../both/words.js';
import { path, replace } from './router.js';

const forms = {
  register: { title: 'entry.register.title', button: 'nav.signUp', complete: 'new-password', address: '/sign-up' },
  login: { title: 'entry.login.title', button: 'nav.signIn', complete: 'current-password', address: '/sign-in' },
};

/** Shows the form to sign up (`register`) or to sign in (`login`). */
export const showForm = (mode) => chooseForm(mode);
/** @type {(mode: string) => void} */
let chooseForm = () => {};

/** @param settings the installation's settings, or a promise of them */
export async function showEntry(settings, onUser) {
  const form = byId('entry-form');
  let mode = 'register';
  const stopPasskey = offerPasskey(onUser, (error) => explain(error, form, passkeyWords));

  const choose = (next) => {
    mode = next;
    document.documentElement.dataset.form = mode;
    // An address that names the other form would be wrong.
    const { address } = forms[mode];
    if (path() !== address && Object.values(forms).some((other) => other.address === path())) replace(address);
    // It was said about the other form.
    clear(form);
    byId('factor-form').hidden = true;
    form.hidden = false;
    for (const name of Object.keys(forms)) {
      const tab = byId(`tab-${name}`);
      tab.setAttribute('aria-selected', String(name === mode));
      tab.tabIndex = name === mode ? 0 : -1;
    }
    byId('entry-panel').setAttribute('aria-labelledby', `tab-${mode}`);
    byId('entry-title').textContent = words(forms[mode].title);
    form.querySelector('[type=submit]').textContent = words(forms[mode].button);
    form.elements.password.autocomplete = forms[mode].complete;
    for (const node of form.querySelectorAll('[data-only=register]')) node.hidden = mode !== 'register';
  };

  chooseForm = choose;

  for (const name of Object.keys(forms)) {
    const tab = byId(`tab-${name}`);
    tab.onclick = () => choose(name);
    tab.onkeydown = (event) => {
      const ends = { Home: 'register', End: 'login' };
      const next = event.key.startsWith('Arrow') ? (name === 'login' ? 'register' : 'login') : ends[event.key];
      if (!next || event.key === 'ArrowUp' || event.key === 'ArrowDown') return;
      event.preventDefault();
      choose(next);
      byId(`tab-${mode}`).focus();
    };
  }

  form.oninput = ({ target }) => mark(target, null);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    const { email, password, name } = form.elements;
    const body = { email: email.value.trim(), password: password.value };
    if (mode === 'register' && name.value.trim()) body.name = name.value.trim();
    button.disabled = true;
    clear(form);
    try {
      const user = await api[mode](body);
      if (!user) { tellOfMail(); return; }
      stopPasskey();
      await enter(user);
      if (mode === 'login') createSilently();
    } catch (error) {
      if (!isAskedForCode(error)) explain(error, form);
    } finally { button.disabled = false; }
  };

  const tellOfMail = () => {
    byId('entry-error').textContent = words('entry.mail');
    byId('entry-error').hidden = false;
  };

  const enter = async (user) => onUser(await linkWaiting(user) || user);

  /** Shows the form for the second factor, if the account has one. */
  const isAskedForCode = (error) => {
    const token = error.problem?.challenge_token;
    if (token) askForCode(token, enter, (why) => { choose('login'); if (why) explain(why, form, codeWords); });
    return Boolean(token);
  };

  // A credential of the address that an account with a password has: it is linked after the sign-in with the password.
  // Somebody else may sign in on this page next: to another account it is not linked.
  let waiting = null;
  const linkWaiting = async (user) => {
    const answer = waiting;
    waiting = null;
    if (!answer || addressOf(answer.credential) !== user.email.toLowerCase()) return null;
    try {
      await api.post('/auth/google/link', answer);
      return await api.get('/auth/me');
    } catch { return null; /* The sign-in itself went well. */ }
  };

  const { google_client_id: clientID } = await settings;
  if (!clientID || !form.isConnected) return;
  offerGoogle(clientID, form, async (answer) => {
    try {
      const user = await api.google(answer);
      stopPasskey();
      onUser(user);
    } catch (error) {
      if (isAskedForCode(error)) return;
      if (error.code === 'link_required') { waiting = answer; choose('login'); }
      explain(error, form, googleWords);
    }
  });
}

/**
 * The second step of a sign-in.
 * @param back returns to the first step, with the error that made the challenge useless, if there is one
 */
function askForCode(token, enter, back) {
  const [form, error] = [byId('factor-form'), byId('factor-error')];
  byId('entry-form').hidden = true;
  byId('entry-title').textContent = words('entry.code');
  form.hidden = false;
  form.reset();
  error.hidden = true;
  const { code } = form.elements;
  code.focus();
  byId('factor-back').onclick = () => back();
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    const typed = code.value.replaceAll(' ', '');
    button.disabled = true;
    error.hidden = true;
    try {
      const answer = /^\d{6}$/.test(typed) ? { code: typed } : { recovery_code: typed };
      await enter(await api.secondFactor({ challenge_token: token, ...answer }));
    } catch (problem) {
      if (problem.code === 'invalid_token') return back(problem);
      error.textContent = codeWords[problem.code] ? words(codeWords[problem.code]) : problem.message;
      error.hidden = false;
      code.select();
    } finally { button.disabled = false; }
  };
}

/** The address that a Google credential is for; null if it cannot be read. */
function addressOf(credential) {
  try {
    const payload = credential.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)).email.toLowerCase();
  } catch { return null; }
}

const formWords = {
  email_taken: 'entry.taken',
  invalid_credentials: 'entry.wrong',
};
const codeWords = {
  invalid_credentials: 'entry.code.wrong',
  invalid_token: 'entry.code.late',
  second_factor_locked: 'entry.code.locked',
};
const passkeyWords = { invalid_credentials: 'entry.passkey.wrong' };
const googleWords = {
  invalid_credentials: 'entry.google.late',
  link_required: 'entry.google.link',
};

/** @param {Record<string, string>} known the keys of what is said of the codes that are known here */
function explain(error, form, known = formWords) {
  const text = known[error.code] ? words(known[error.code]) : api.faultsOf(error) || error.message;
  const place = byId('entry-error');
  place.textContent = text;
  place.hidden = false;
  const found = error.problem?.errors?.[0]?.field ?? (known === formWords ? wrongField[error.code] : null);
  const field = form.elements[found] ?? null;
  if (field) mark(field, place.id);
  (field ?? form.elements.email).focus();
}

/** The field that an error is about, where the server names none. */
const wrongField = { email_taken: 'email', invalid_credentials: 'password' };

/** Takes back what was said about the fields. */
function clear(form) {
  byId('entry-error').hidden = true;
  for (const field of form.querySelectorAll('input')) mark(field, null);
}

function offerGoogle(clientID, form, onCredential) {
  const place = byId('google');
  const own = place.firstElementChild;
  own.onclick = async () => {
    own.disabled = true;
    byId('entry-error').hidden = true;
    try {
      await loadGoogle();
    } catch {
      own.disabled = false;
      explain(new Error(words('entry.google.away')), form);
      return;
    }
    try {
      const answer = await askGoogle(place, clientID);
      place.replaceChildren(own);
      await onCredential(answer);
    } catch (error) {
      place.replaceChildren(own);
      if (!isCalledOff(error)) explain(error, form);
    } finally { own.disabled = false; }
  };
  // Google's script is larger than our page, and only some use it: it is loaded for those who turn to the form.
  const card = place.closest('section');
  const fetchScript = () => { loadGoogle().catch(() => {}); };
  for (const kind of ['focusin', 'pointerenter']) card.addEventListener(kind, fetchScript, { once: true });
  place.hidden = false;
}
