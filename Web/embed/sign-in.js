// The window that the frame in another site's page opens: it signs in on our own site, asks whether that page may have
// talks, and hands an access token to the frame, which is of our own origin. No other origin can receive it.
import * as api from '../both/api.js';
import { byId, mark } from '../both/dom.js';
import { consentParts } from '../page/consent-text.js';
import { isOperators } from './tokens.js';

const PATIENCE_MS = 5000;
/** A page may lure somebody into a double click, whose second half meets what appears below: it meets nothing yet. */
const PAUSE_MS = 600;
const [passwordForm, codeForm] = [byId('password-form'), byId('code-form')];

function show(title, text, ...parts) {
  byId('title').textContent = title;
  byId('text').textContent = text;
  const all = [passwordForm, codeForm, byId('other-ways'), byId('own-page'), byId('agree')];
  for (const part of all) part.hidden = !parts.includes(part);
}

/** What the frame asks for: the `site` that it is in, and the version of a `consent` that is missing. */
function requested() {
  return new Promise((resolve, reject) => {
    const frame = window.opener;
    if (!frame) { reject(new Error('no opener')); return; }
    addEventListener('message', ({ origin, source, data }) => {
      if (origin === location.origin && source === frame && data?.talktime === 'request') resolve(data);
    });
    // A browser gives this message to no page of another origin.
    frame.postMessage({ talktime: 'window' }, location.origin);
    setTimeout(() => reject(new Error('no request')), PATIENCE_MS);
  });
}

/** Who is signed in on our site in this browser; null if nobody is. */
async function restored() {
  try {
    return await api.refresh();
  } catch (error) {
    if (api.isSessionOver(error) || error.status === 403) return null;
    throw error;
  }
}

function leave(message) {
  window.opener?.postMessage(message, location.origin);
  window.close();
}

let pausing = null;
function pause() {
  byId('yes').disabled = true;
  clearTimeout(pausing);
  pausing = setTimeout(() => { byId('yes').disabled = false; }, PAUSE_MS);
}

function refuseOperator() {
  show('No talk there', 'You are signed in as an operator. Talk on Talktime’s own page.', byId('own-page'));
  byId('title').focus();
}

function ask(user, { site, consent }) {
  // Rights over the accounts of others never come into a document that another site's page holds.
  if (isOperators(api.bearer())) { refuseOperator(); return; }
  const host = new URL(site).host;
  document.title = `Talk on ${host} – Talktime`;
  show(`Talk on ${host}?`,
    `You are signed in as ${user.email}. A talk there costs your minutes, as it does here. ${host} gets neither your `
    + 'account nor your talk from us, and nothing can be bought there. Your browser may ask for the microphone in the '
    + `name of ${host}.`,
    byId('agree'));
  byId('consent').replaceChildren(...(consent ? consentParts(consent) : []));
  byId('consent').hidden = !consent;
  byId('yes').textContent = consent ? 'I agree, and want to talk there' : 'Talk there';
  byId('title').focus();
  byId('no').onclick = () => window.close();
  pause();
  addEventListener('focus', pause);
  byId('yes').onclick = async () => {
    byId('yes').disabled = true;
    try {
      if (consent) await api.post('/auth/consent', { version: consent });
      // The token may be another one by now.
      if (isOperators(api.bearer())) { refuseOperator(); return; }
      leave({ talktime: 'tokens', user: { id: user.id }, access_token: api.bearer() });
    } catch (error) {
      // What was read here is no longer what is asked for. The frame asks anew, with the next start.
      if (error.code === 'consent_outdated') { leave({ talktime: 'outdated' }); return; }
      byId('text').textContent = told(error);
    } finally { byId('yes').disabled = false; }
  };
}

const words = {
  wrong_code: 'This code is not right, or was used. Wait for the next one.',
  invalid_credentials: 'This address and password do not belong together.',
  rate_limited: 'There were too many tries. Wait some minutes.',
  second_factor_locked: 'There were too many wrong codes. Sign in on Talktime’s page with a recovery code.',
};
const told = (error) => words[error.code]
  ?? (error instanceof api.APIError ? error.message : 'Talktime does not answer just now. Try again in a moment.');

/** Sends a form with what `read` makes of it; a refusal is said beside it. */
function attend(form, send) {
  const [error, button] = [form.querySelector('.error'), form.querySelector('[type=submit]')];
  for (const field of form.querySelectorAll('input')) field.oninput = () => mark(field, null);
  error.id = `${form.id}-error`;
  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    error.hidden = true;
    try {
      await send(form.elements);
    } catch (problem) {
      error.textContent = told(problem);
      error.hidden = false;
      const field = form.querySelector('input');
      mark(field, error.id);
      field.focus();
    } finally { button.disabled = false; }
  };
}

function signIn(request) {
  let challenge = null;
  const host = new URL(request.site).host;
  const begin = () => {
    show('Sign in to Talktime', `You are about to talk on ${host}. Your password stays here, on Talktime’s own page.`,
      passwordForm, byId('other-ways'));
    passwordForm.elements.email.focus();
  };
  attend(passwordForm, async ({ email, password }) => {
    try {
      ask(await api.login({ email: email.value.trim(), password: password.value }), request);
    } catch (error) {
      challenge = error.problem?.challenge_token;
      if (!challenge) throw error;
      show('Enter your code', 'Your account asks for a code besides the password.', codeForm);
      codeForm.elements.code.focus();
    }
  });
  attend(codeForm, async ({ code }) => {
    const typed = code.value.replaceAll(' ', '');
    const answer = /^\d{6}$/.test(typed) ? { code: typed } : { recovery_code: typed };
    try {
      ask(await api.secondFactor({ challenge_token: challenge, ...answer }), request);
    } catch (error) {
      if (error.code === 'invalid_credentials') throw Object.assign(error, { code: 'wrong_code' });
      if (error.code !== 'invalid_token') throw error;
      begin();
      byId('text').textContent = 'That took too long, or too many codes were wrong. Sign in once more.';
    }
  });
  begin();
  // Somebody who signed in on our page in another tab comes back to this window.
  const look = async () => {
    if (passwordForm.hidden || document.visibilityState !== 'visible') return;
    const user = await restored().catch(() => null);
    if (user && !passwordForm.hidden) ask(user, request);
  };
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
}

async function begin() {
  let request;
  try {
    request = await requested();
  } catch {
    show('Nobody waits for this window',
      'It belongs to a talk in another page, which cannot be reached. Close it, and try again there.');
    return;
  }
  try {
    const user = await restored();
    if (user) ask(user, request); else signIn(request);
  } catch {
    show('Talktime does not answer just now', 'Nothing was charged. Close this window, and try again in a moment.');
  }
}

begin();
