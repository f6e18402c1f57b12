import * as api from './api.js';
import { byId, el } from './dom.js';
import { askGoogle, loadGoogle } from './google.js';
import { answerByPasskey, isCalledOff, isSupported } from './passkeys.js';

/**
 * The ways to prove who one is. A way with `label` has something to type; any other, and a mail that is not sent yet,
 * acts at a click. `act` gives the proof, as the bodies of POST /auth/reauth and DELETE /auth/me have it.
 */
const all = {
  password: {
    label: 'Your password', complete: 'current-password', offer: 'Use your password', read: (password) => ({ password }),
  },
  code: {
    label: 'A code of your authenticator app, or a recovery code', complete: 'one-time-code', offer: 'Use a code',
    wrong: 'This code is not right, or was used. Wait for the next one.',
    read: (typed) => (/^\s*(\d\s*){6}$/.test(typed) ? { code: typed.trim() } : { recovery_code: typed.trim() }),
  },
  passkey: {
    button: 'Use your passkey', offer: 'Use a passkey', wrong: 'This passkey does not belong to your account.',
    act: async () => ({ passkey: await answerByPasskey() }),
  },
  google: {
    button: 'Continue with Google', offer: 'Use Google', wrong: 'This is not the Google account of yours that is linked.',
    act: ({ place, clientID }) => askGoogle(place, clientID),
  },
  mail: {
    button: 'Mail me a code', offer: 'Mail me a code', wrong: 'This code is not right, or not any more.',
    label: 'The code from the mail', complete: 'one-time-code', read: (code) => ({ code: code.trim() }),
    act: async () => { await api.post('/auth/reauth/mail'); },
  },
};

const refusals = {
  invalid_credentials: 'This is not right.',
  rate_limited: 'There were too many tries. Wait some minutes, or take another way.',
  password_locked: 'There were too many wrong passwords. Take another way.',
  second_factor_locked: 'There were too many wrong codes. Use a recovery code.',
  reauthentication_required: 'Please confirm that it is you first.',
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

/** To be called after each sign-in: requests that need a proof ask for it from then on. */
export function offerProofs(settings) {
  clientID = settings.google_client_id || null;
  api.onProofNeeded(() => prove({ title: 'Confirm that it is you', isFactorEnough: true, submit: api.reauthenticate }));
}

/**
 * Asks in a dialog for one of the ways that the account has, until the server takes a proof. `submit` sends the proof;
 * what it throws is shown, and another try or way is possible. `passes` are the codes of errors that end the dialog and
 * are thrown on. With `isFactorNeeded` nothing but a second factor is asked for, as an operator's rights need one; the
 * account has one.
 * @param {{ title: string, text?: string, isFactorEnough?: boolean, isFactorNeeded?: boolean,
 *   submit: (proof: any) => Promise<any>, passes?: string[] }} question
 * @returns false if the dialog is closed without, and if the user signs out meanwhile
 */
export async function prove({ title, text, isFactorEnough = false, isFactorNeeded = false, submit, passes = [] }) {
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
    dialog = byId('view-proof').content.firstElementChild.cloneNode(true);
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

  const tell = (words) => {
    error.textContent = words || '';
    error.hidden = !words;
  };

  const choose = (name) => {
    turn += 1;
    current = name;
    const way = all[name];
    tell();
    typed.hidden = !hasField();
    typed.firstElementChild.textContent = way.label || '';
    field.type = name === 'password' ? 'password' : 'text';
    field.autocomplete = way.complete || 'off';
    field.value = '';
    find('sent').hidden = !(name === 'mail' && isMailed);
    find('google').replaceChildren();
    button.hidden = false;
    button.disabled = false;
    button.textContent = hasField() ? 'Continue' : way.button;
    others.replaceChildren(...ways.filter((other) => other !== name).map((other) => el('button', {
      className: 'quiet', type: 'button', textContent: all[other].offer, onclick: () => take(other),
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
    tell((isWrong && all[current].wrong) || refusals[problem.code] || problem.message);
    if (hasField()) field.select();
  };

  find('close').onclick = () => dialog.close();
  dialog.oncancel = (event) => { if (isSending) event.preventDefault(); };
  dialog.onclose = () => { if (!isSending) resolve(false); };
  dialog.showModal();
  choose(current);
}
