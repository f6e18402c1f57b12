import * as api from '../both/api.js';
import { byId, notice } from '../both/dom.js';
import { afterCheckout } from './overlay.js';
import { currentView, path, replace } from './router.js';

// A mailed link has its secret in the fragment, which is never sent to a server. Opening it changes nothing, since
// whatever reads a mail may follow its links: the button does.
const kinds = {
  verify: {
    title: 'Confirm your e-mail address', text: 'Only if you asked for it yourself. If you did not sign up, somebody else has chosen the password.', button: 'Yes, confirm it',
    path: '/auth/email/verify', done: 'Your e-mail address is confirmed.',
  },
  undo: {
    title: 'Change the address back', text: 'Your account gets its old address again, and everybody is signed out.',
    button: 'Change it back', path: '/auth/email/undo',
    done: 'The address is yours again. Choose a new password now. If no mail comes, ask us: the account may be disabled.',
  },
  reset: {
    title: 'Choose a new password', text: 'Everybody is signed out. Then sign in with the new password.',
    button: 'Save', fields: ['password'], path: '/auth/password/reset',
    done: 'Your password is changed. Sign in with it.',
  },
  forgot: {
    title: 'Forgot your password?', text: 'A link to choose another one comes by mail.', button: 'Send the link',
    fields: ['email'], path: '/auth/password/forgot',
    done: 'If there is an account with this address, a link is on its way.', then: 'code',
  },
  // No link leads here: it is what follows `forgot`.
  code: {
    title: 'Look into your mail',
    text: 'Follow its link, or type its code here and choose a new password. If no mail comes, ask us: the account may be disabled.',
    button: 'Save', fields: ['code', 'password'], path: '/auth/password/reset',
    done: 'Your password is changed. Sign in with it.', wrong: 'This code is not right, or not any more. Try the link in the mail.',
  },
};

const refusals = {
  invalid_token: 'This link is no longer good. Ask for another.',
  email_taken: 'Another account has this address.',
};

/** What the address asks for: a mailed link by its fragment, a forgotten password also by its path. */
function inAddress() {
  const [name, token] = [...new URLSearchParams(location.hash.slice(1))][0] || [];
  if (Object.hasOwn(kinds, name) && name !== 'code') return [name, token];
  return path() === FORGOT ? ['forgot'] : [];
}

const FORGOT = '/forgot';
/** Whether the dialog is open because of the path. */
let isAtPath = false;

/** Asks about the link in the address, if there is one. `onUsed` hears which kind was used. */
export function askAboutLink(onUsed) {
  const asked = location.hash;
  const [name, token] = inAddress();
  const dialog = byId('link');
  // Who has gone back does not ask for it any more.
  if (isAtPath && path() !== FORGOT) {
    isAtPath = false;
    dialog.close();
  }
  if (!name || (isAtPath && dialog.open)) return;
  isAtPath = path() === FORGOT && !asked;
  ask(name, name === 'forgot' ? {} : { token }, onUsed);
  if (name === 'forgot') byId('link-form').elements.email.value = byId('entry-form')?.elements.email.value || '';
  byId('link-close').onclick = () => dialog.close();
  // A browser may tell of the closing a frame later, when the address already asks for something else.
  dialog.onclose = () => {
    if (dialog.open || location.hash !== asked) return;
    isAtPath = false;
    if (path() === FORGOT) replace(currentView() ? '/talk' : '/sign-in');
    else history.replaceState(history.state, '', location.pathname);
  };
  afterCheckout(() => { if (!dialog.open) dialog.showModal(); });
}

/** Fills the dialog. `known` is the part of the request that nobody types. */
function ask(name, known, onUsed) {
  const kind = kinds[name];
  const fields = kind.fields || [];
  const [dialog, form, error] = [byId('link'), byId('link-form'), byId('link-error')];
  byId('link-title').textContent = kind.title;
  byId('link-text').textContent = kind.text;
  const submit = form.querySelector('[type=submit]');
  submit.textContent = kind.button;
  error.hidden = true;
  form.reset();
  for (const label of form.querySelectorAll('[data-field]')) label.hidden = !fields.includes(label.dataset.field);

  form.onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const body = { ...known };
      for (const field of fields) body[field] = form.elements[field].value;
      await api.post(kind.path, body, { 'X-Session': 'cookie' });
      notice(kind.done);
      if (kind.then) {
        ask(kind.then, { email: body.email }, onUsed);
        return;
      }
      dialog.close();
      onUsed(name);
    } catch (problem) {
      if (problem.code === 'new_password_required') {
        ask('reset', known, onUsed);
        byId('link-text').textContent = 'Somebody has signed up with this address more than once. So choose the password now.';
        return;
      }
      error.textContent = (problem.code === 'invalid_token' && kind.wrong) || refusals[problem.code] || problem.message;
      error.hidden = false;
    } finally { submit.disabled = false; }
  };
}
