// The entry of the console: password and second factor, or a passkey. Whoever is no operator is told so.
import * as api from '../both/api.js';
import { why } from '../both/conditions.js';
import { byId, el, mark, show } from '../both/dom.js';
import { offerPasskey } from '../both/passkeys.js';
import { prove } from '../both/proof.js';

const words = {
  invalid_credentials: 'This address and password do not belong together.',
  password_locked: 'There were too many wrong passwords. Choose a new one by mail, on the talk page.',
};
const codeWords = {
  invalid_credentials: 'This code is not right, or was used. Wait for the next one.',
  invalid_token: 'That took too long, or too many codes were wrong. Sign in once more.',
  second_factor_locked: 'There were too many wrong codes. Choose a new password by mail, on the talk page.',
};
const passkeyWords = { invalid_credentials: 'This passkey does not sign in here. Try another way.' };

/** @param onUser hears who has signed in, operator or not */
export function showSignIn(onUser) {
  show('view-sign-in', 'view');
  const [form, factor, place] = [byId('entry-form'), byId('factor-form'), byId('entry-error')];
  const stopPasskey = offerPasskey(onUser, (error) => tell(passkeyWords[error.code] || why(error)));
  let token = null;

  const tell = (text, field) => {
    place.textContent = text ?? '';
    place.hidden = !text;
    for (const input of document.querySelectorAll('.entry input')) mark(input, input === field ? place.id : null);
    field?.focus();
  };
  const enter = (user) => {
    stopPasskey();
    onUser(user);
  };
  const turnTo = (own, other) => {
    [own.hidden, other.hidden] = [false, true];
    own.querySelector('input').focus();
  };
  const send = async (event, ask, onError) => {
    event.preventDefault();
    const button = event.target.querySelector('[type=submit]');
    let user = null;
    tell();
    button.disabled = true;
    try {
      user = await ask(event.target.elements);
    } catch (error) { onError(error); } finally { button.disabled = false; }
    if (user) enter(user);
  };

  form.onsubmit = (event) => send(event, ({ email, password }) =>
    api.login({ email: email.value.trim(), password: password.value }),
    (error) => {
      token = error.problem?.challenge_token;
      if (!token) return tell(words[error.code] || why(error), form.elements.password);
      factor.reset();
      return turnTo(factor, form);
    });
  factor.onsubmit = (event) => send(event, ({ code }) => api.secondFactor({ challenge_token: token,
    code: code.value.replaceAll(' ', '') }),
    (error) => {
      if (error.code === 'invalid_token') turnTo(form, factor);
      tell(codeWords[error.code] || why(error), error.code === 'invalid_token' ? null : factor.elements.code);
    });
  byId('factor-back').onclick = () => { tell(); turnTo(form, factor); };
}

/** Whether the account has a second factor by which it may get its rights. */
async function hasFactor(user) {
  return user.second_factor || (await api.get('/auth/passkeys')).items.length > 0;
}

// The refusal that is on its way. Whatever else is shown is instead of it.
let wanted = null;
export const dropRefusal = () => { wanted = null; };

/**
 * Says that somebody who is signed in has no rights here, and what would give them.
 * @param onRights hears that the rights are there
 */
export async function showRefusal(user, onRights, signOut) {
  const isOperator = user.scope.split(' ').includes('operator');
  const out = el('button', { type: 'button', className: 'quiet', textContent: 'Sign out', onclick: signOut });
  const confirm = el('button', { type: 'button', className: 'primary',
    textContent: 'Confirm with your second factor' });
  confirm.onclick = async () => {
    if (await prove({ title: 'Confirm that it is you', isFactorNeeded: true, submit: api.reauthenticate })) onRights();
  };
  const talkPage = el('a', { href: '/', textContent: 'To the talk page' });
  const turn = Symbol('refusal');
  wanted = turn;
  const canConfirm = isOperator && await hasFactor(user).catch(() => false);
  // Meanwhile somebody may have signed out, or have got the rights.
  if (wanted !== turn) return;
  const parts = isOperator
    ? ['This sign-in had no second factor', `${user.email} is an operator, but the rights come with a code of an `
      + 'authenticator app or a passkey only. Set one up on the talk page if you have none.',
        canConfirm ? confirm : null]
    : ['You are not an operator', `${user.email} has no rights here. Your own talks and minutes are on the talk page.`,
      null];
  const [title, text, act] = parts;
  byId('view').replaceChildren(el('section', { className: 'card entry' },
    el('h1', { id: 'refusal', tabIndex: -1, textContent: title }),
    el('p', { textContent: text }), el('div', { className: 'actions' }, act, talkPage, out)));
  byId('refusal').focus();
}
