import * as api from './api.js';
import { byId, el } from './dom.js';
import { askGoogle, loadGoogle } from './google.js';
import { answerByPasskey, isCalledOff, isSupported } from './passkeys.js';
import { words } from './words.js';

/**
 * The ways to prove who one is, with the keys of their words. A way with `label` has something to type; any other, and a mail that is not sent yet,
 * acts at a click. `act` gives the proof, as the bodies of POST /auth/reauth and DELETE /auth/me have it.
 */
const all = {
  password: {
    label: 'account.yourPassword', complete: 'current-password', offer: 'proof.usePassword', read: (password) => ({ password }),
  },
  code: {
    label: 'proof.code', complete: 'one-time-code', offer: 'proof.useCode',
    wrong: 'entry.code.wrong',
    read: (typed) => (/^\s*(\d\s*){6}$/.test(typed) ? { code: typed.trim() } : { recovery_code: typed.trim() }),
  },
  passkey: {
    button: 'proof.button.passkey', offer: 'proof.usePasskey', wrong: 'proof.wrong.passkey',
    act: async () => ({ passkey: await answerByPasskey() }),
  },
  google: {
    button: 'entry.google', offer: 'proof.useGoogle', wrong: 'proof.wrong.google',
    act: ({ place, clientID }) => askGoogle(place, clientID),
  },
  mail: {
    button: 'proof.mail', offer: 'proof.mail', wrong: 'proof.wrong.mail',
    label: 'proof.mailed', complete: 'one-time-code', read: (code) => ({ code: code.trim() }),
    act: async () => { await api.post('/auth/reauth/mail'); },
  },
};

const refusals = {
  invalid_credentials: 'proof.wrong.password',
  rate_limited: 'proof.tooMany',
  password_locked: 'proof.passwordLocked',
  second_factor_locked: 'proof.codeLocked',
  reauthentication_required: 'proof.first',
};

let clientID = null;

/** Those that the account has. A second factor is asked for alone where the identity is to be proven once more. */
async function waysOf(isFactorEnough, isFactorNeeded) {
  const [user, passkeys] = await Promise.all([
    api.get('/auth/me'), isSupported() ? api.get('/auth/passkeys').then(({ items }) => items) : [],
  ]);
  const has = {
    password: user.has_password, code: user.second_factor, passkey: passkeys.length > 0,
    google: user.google_linked && Boolean(clientID), mail: true,
  };
  const wanted = !isFactorEnough ? ['password', 'passkey', 'google', 'mail']
    : user.second_factor ? ['code', 'passkey'] : ['password', 'passkey', 'google', 'mail'];
  const factors = ['code', 'passkey'].filter((name) => has[name]);
  return { ways: isFactorNeeded ? factors : wanted.filter((name) => has[name]), factors };
}

/** Asks for a fresh proof, on which a request waits. */
export const proveAgain = (settings) =>
  prove({ title: words('proof.title'), isFactorEnough: true, submit: api.reauthenticate, settings });

/**
 * Asks in a dialog for one of the ways that the account has, until the server takes a proof. `submit` sends the proof;
 * what it throws is shown, and another try or way is possible. `passes` are the codes of errors that end the dialog and
 * are thrown on. With `isFactorNeeded` nothing but a second factor is asked for, as an operator's rights need one; the
 * account has one.
 * @param {{ title: string, text?: string, isFactorEnough?: boolean, isFactorNeeded?: boolean,
 *   submit: (proof: any) => Promise<any>, passes?: string[], settings?: Record<string, any> }} question the installation's
 *   `settings` are kept for the questions that follow
 * @returns false if the dialog is closed without, and if the user signs out meanwhile
 */
export async function prove({ title, text, isFactorEnough = false, isFactorNeeded = false, submit, passes = [], settings }) {
  if (settings) clientID = settings.google_client_id || null;
  let [dialog, hasLeft] = [null, false];
  // The page shows something else as soon as nobody is signed in.
  const leave = () => {
    hasLeft = true;
    dialog?.close();
  };
  document.addEventListener('signing-out', leave);
  try {
    const { ways, factors } = await waysOf(isFactorEnough, isFactorNeeded);
    if (hasLeft) return false;
    dialog = dialogOf();
    byId('main').append(dialog);
    return await new Promise((resolve, reject) => {
      ask({ dialog, title, text, ways, factors, submit, passes }, resolve, reject);
    });
  } finally {
    document.removeEventListener('signing-out', leave);
    dialog?.close();
    dialog?.remove();
  }
}

function dialogOf() {
  /** @type {(tag: string, name: string, properties: object, ...children: any[]) => any} */
  const part = (tag, name, properties, ...children) => {
    const node = el(tag, properties, ...children);
    node.dataset.part = name;
    return node;
  };
  return el('dialog', { className: 'proof' },
    el('form', { noValidate: true },
      part('h2', 'title', {}), part('p', 'text', {}),
      part('p', 'sent', { hidden: true, textContent: words('proof.sent') }),
      part('label', 'typed', {}, el('span'), el('input', { name: 'proof', required: true })),
      part('p', 'error', { className: 'error', role: 'alert', hidden: true }),
      el('button', { className: 'primary', type: 'submit' })),
    part('div', 'google', {}), part('div', 'others', { className: 'ways' }),
    part('button', 'close', { className: 'quiet', type: 'button', textContent: words('common.notNow') }));
}

function ask({ dialog, title, text, ways, factors, submit, passes }, resolve, reject) {
  const form = dialog.querySelector('form');
  const find = (name) => dialog.querySelector(`[data-part=${name}]`);
  const [typed, button, error, others] = [find('typed'), form.querySelector('[type=submit]'), find('error'), find('others')];
  const field = form.elements.proof;
  let [current, isMailed, turn, isSending] = [ways[0], false, 0, false];

  dialog.setAttribute('aria-label', title);
  find('title').textContent = title;
  find('text').textContent = text || '';
  find('text').hidden = !text;

  const hasField = () => Boolean(all[current].read) && (current !== 'mail' || isMailed);

  const tell = (text = '') => {
    error.textContent = text;
    error.hidden = !text;
  };

  const choose = (name) => {
    turn += 1;
    current = name;
    const way = all[name];
    tell();
    typed.hidden = !hasField();
    typed.firstElementChild.textContent = way.label ? words(way.label) : '';
    field.type = name === 'password' ? 'password' : 'text';
    field.autocomplete = way.complete || 'off';
    field.value = '';
    find('sent').hidden = !(name === 'mail' && isMailed);
    find('google').replaceChildren();
    button.hidden = false;
    button.disabled = false;
    button.textContent = words(hasField() ? 'proof.continue' : way.button);
    others.replaceChildren(...ways.filter((other) => other !== name).map((other) => el('button', {
      className: 'quiet', type: 'button', textContent: words(all[other].offer), onclick: () => take(other),
    })));
    if (hasField()) field.focus(); else button.focus();
  };

  /** Until the answer nobody knows whether the proof has had its effect, so that the dialog cannot be given up. */
  const send = async (proof) => {
    const hold = (is) => {
      isSending = is;
      for (const other of [find('close'), ...others.children]) other.disabled = is;
    };
    hold(true);
    try { await submit(proof); } finally { hold(false); }
  };

  /** What acts at a click acts at once. */
  const take = (name) => {
    choose(name);
    if (!hasField()) form.requestSubmit();
  };

  form.onsubmit = async (event) => {
    event.preventDefault();
    if (hasField() && !field.value) {
      field.focus();
      return;
    }
    const mine = turn;
    const way = all[current];
    tell();
    button.disabled = true;
    try {
      if (current === 'google') await loadGoogle();
      if (current === 'google') button.hidden = true;
      const proof = hasField() ? way.read(field.value) : await way.act({ place: find('google'), clientID });
      if (mine !== turn || !dialog.open) return;
      if (!proof) {
        isMailed = true;
        choose('mail');
        return;
      }
      await send(proof);
      resolve(true);
    } catch (problem) {
      // A browser closes the dialog at the second Escape, whatever the page wants.
      if (!dialog.open) resolve(false);
      if (mine !== turn || !dialog.open) return;
      if (passes.includes(problem.code)) reject(problem);
      else explain(problem);
    }
    if (mine === turn) [button.disabled, button.hidden] = [false, false];
  };

  const explain = (problem) => {
    if (isCalledOff(problem)) return;
    // An operator's rights, and an account whose app was added elsewhere, are not renewed by anything else.
    if (problem.code === 'second_factor_required' && factors.length > 0 && !factors.includes(current)) {
      ways = factors;
      choose(ways[0]);
      return;
    }
    const isWrong = problem.code === 'invalid_credentials' || problem.code === 'invalid_token';
    const known = (isWrong && all[current].wrong) || refusals[problem.code];
    tell(known ? words(known) : problem.message);
    if (hasField()) field.select();
  };

  find('close').onclick = () => dialog.close();
  dialog.oncancel = (event) => { if (isSending) event.preventDefault(); };
  dialog.onclose = () => { if (!isSending) resolve(false); };
  dialog.showModal();
  choose(current);
}
