import * as api from './api.js';
import { byId, notice } from './dom.js';

// A mailed link has its secret in the fragment, which is never sent to a server. Opening it changes nothing, since
// whatever reads a mail may follow its links: the button does.
const kinds = {
  verify: {
    title: 'Confirm your e-mail address', text: 'Is the mail with this link yours?', button: 'Yes, confirm it',
    path: '/auth/email/verify', done: 'Your e-mail address is confirmed.',
  },
  undo: {
    title: 'Change the address back', text: 'Your account gets its old address again, and everybody is signed out.',
    button: 'Change it back', path: '/auth/email/undo', done: 'The address is yours again. Choose a new password now.',
  },
  reset: {
    title: 'Choose a new password', text: 'Everybody is signed out. Then sign in with the new password.',
    button: 'Save', field: 'password', path: '/auth/password/reset', done: 'Your password is changed. Sign in with it.',
  },
  forgot: {
    title: 'Forgot your password?', text: 'A link to choose another one comes by mail.', button: 'Send the link',
    field: 'email', path: '/auth/password/forgot', done: 'If there is an account with this address, a link is on its way.',
  },
};

const refusals = {
  invalid_token: 'This link is no longer good. Ask for another.',
  email_taken: 'Another account has this address.',
};

/** Asks about the link in the address, if there is one. `onUsed` hears which kind was used. */
export function askAboutLink(onUsed) {
  const [name, token] = [...new URLSearchParams(location.hash.slice(1))][0] || [];
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : null;
  if (!kind) return;
  const [dialog, form, error] = [byId('link'), byId('link-form'), byId('link-error')];
  byId('link-title').textContent = kind.title;
  byId('link-text').textContent = kind.text;
  const submit = form.querySelector('[type=submit]');
  submit.textContent = kind.button;
  error.hidden = true;
  form.reset();
  for (const label of form.querySelectorAll('[data-field]')) label.hidden = label.dataset.field !== kind.field;
  if (name === 'forgot') form.elements.email.value = byId('entry-form')?.elements.email.value || '';

  form.onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const body = name === 'forgot' ? {} : { token };
      if (kind.field) body[kind.field] = form.elements[kind.field].value;
      await api.post(kind.path, body);
      dialog.close();
      notice(kind.done);
      onUsed(name);
    } catch (problem) {
      error.textContent = refusals[problem.code] || problem.message;
      error.hidden = false;
    } finally { submit.disabled = false; }
  };
  byId('link-close').onclick = () => dialog.close();
  dialog.onclose = () => history.replaceState(null, '', location.pathname);
  if (!dialog.open) dialog.showModal();
}
