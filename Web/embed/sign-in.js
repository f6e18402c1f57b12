// The window that the frame in another site's page opens: it signs in on our own site, asks whether that page may have
// talks, and hands an access token to the frame, which is of our own origin. No other origin can receive it.
import * as api from '../both/api.js';
import { byId, mark } from '../both/dom.js';
import { useLanguage, words } from '../both/words.js';
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
  show(words('embed.noTalk'), words('embed.operator'), byId('own-page'));
  byId('title').focus();
}

function ask(user, { site, consent }) {
  // Rights over the accounts of others never come into a document that another site's page holds.
  if (isOperators(api.bearer())) { refuseOperator(); return; }
  const host = new URL(site).host;
  document.title = `${words('embed.askTitle', { host })} – Talktime`;
  show(words('embed.askHeading', { host }),
    words('embed.askText', { email: user.email, host }),
    byId('agree'));
  byId('consent').replaceChildren(...(consent ? consentParts(consent) : []));
  byId('consent').hidden = !consent;
  byId('yes').textContent = words(consent ? 'embed.agree' : 'embed.yes');
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

const refusals = {
  wrong_code: 'entry.code.wrong',
  invalid_credentials: 'entry.wrong',
  rate_limited: 'account.tooMany',
  second_factor_locked: 'embed.codeLocked',
};
function told(error) {
  if (refusals[error.code]) return words(refusals[error.code]);
  return error instanceof api.APIError ? error.message : words('embed.unanswered');
}

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
    show(words('embed.signInTitle'), words('embed.signInText', { host }),
      passwordForm, byId('other-ways'));
    passwordForm.elements.email.focus();
  };
  attend(passwordForm, async ({ email, password }) => {
    try {
      ask(await api.login({ email: email.value.trim(), password: password.value }), request);
    } catch (error) {
      challenge = error.problem?.challenge_token;
      if (!challenge) throw error;
      show(words('entry.code'), words('embed.codeText'), codeForm);
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
      byId('text').textContent = words('entry.code.late');
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
  await useLanguage(new URLSearchParams(location.search).get('language'));
  let request;
  try {
    request = await requested();
  } catch {
    show(words('embed.nobody'),
      words('embed.nobodyText'));
    return;
  }
  try {
    const user = await restored();
    if (user) ask(user, request); else signIn(request);
  } catch {
    show(words('embed.away'), words('embed.awayText'));
  }
}

begin();
