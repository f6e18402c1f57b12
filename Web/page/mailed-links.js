import * as api from '../both/api.js';
import { byId, notice } from '../both/dom.js';
import { words } from '../both/words.js';
import { afterCheckout } from './overlay.js';
import { currentView, path, replace } from './router.js';

// A mailed link has its secret in the fragment, which is never sent to a server. Opening it changes nothing, since
// whatever reads a mail may follow its links: the button does.
const kinds = {
  verify: {
    title: 'mailed.verify.title', text: 'mailed.verify.text', button: 'mailed.verify.button',
    path: '/auth/email/verify', done: 'mailed.verify.done',
  },
  undo: {
    title: 'mailed.undo.title', text: 'mailed.undo.text',
    button: 'mailed.undo.button', path: '/auth/email/undo',
    done: 'mailed.undo.done',
  },
  reset: {
    title: 'mailed.reset.title', text: 'mailed.reset.text',
    button: 'common.save', fields: ['password'], path: '/auth/password/reset',
    done: 'mailed.reset.done',
  },
  forgot: {
    title: 'entry.forgot', text: 'mailed.forgot.text', button: 'mailed.forgot.button',
    fields: ['email'], path: '/auth/password/forgot',
    done: 'mailed.forgot.done', then: 'code',
  },
  // No link leads here: it is what follows `forgot`.
  code: {
    title: 'mailed.code.title',
    text: 'mailed.code.text',
    button: 'common.save', fields: ['code', 'password'], path: '/auth/password/reset',
    done: 'mailed.reset.done', wrong: 'mailed.code.wrong',
  },
};

const refusals = {
  invalid_token: 'mailed.over',
  email_taken: 'account.emailTaken',
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
  byId('link-title').textContent = words(kind.title);
  byId('link-text').textContent = words(kind.text);
  const submit = form.querySelector('[type=submit]');
  submit.textContent = words(kind.button);
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
      notice(words(kind.done));
      if (kind.then) {
        ask(kind.then, { email: body.email }, onUsed);
        return;
      }
      dialog.close();
      onUsed(name);
    } catch (problem) {
      if (problem.code === 'new_password_required') {
        ask('reset', known, onUsed);
        byId('link-text').textContent = words('mailed.again');
        return;
      }
      const key = (problem.code === 'invalid_token' && kind.wrong) || refusals[problem.code];
      error.textContent = key ? words(key) : problem.message;
      error.hidden = false;
    } finally { submit.disabled = false; }
  };
}
