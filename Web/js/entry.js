import * as api from './api.js';
import { byId, show } from './dom.js';

const words = {
  register: { title: 'Create your account', button: 'Sign up', complete: 'new-password' },
  login: { title: 'Welcome back', button: 'Sign in', complete: 'current-password' },
};

export function showEntry(settings, onUser) {
  show('view-entry');
  const form = byId('entry-form');
  let mode = 'register';

  const choose = (next) => {
    mode = next;
    for (const name of Object.keys(words)) {
      const tab = byId(`tab-${name}`);
      tab.setAttribute('aria-selected', String(name === mode));
      tab.tabIndex = name === mode ? 0 : -1;
    }
    form.setAttribute('aria-labelledby', `tab-${mode}`);
    byId('entry-title').textContent = words[mode].title;
    form.querySelector('[type=submit]').textContent = words[mode].button;
    form.elements.password.autocomplete = words[mode].complete;
    for (const node of form.querySelectorAll('[data-only=register]')) node.hidden = mode !== 'register';
  };

  for (const name of Object.keys(words)) {
    const tab = byId(`tab-${name}`);
    tab.onclick = () => choose(name);
    tab.onkeydown = ({ key }) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      choose(name === 'login' ? 'register' : 'login');
      byId(`tab-${mode}`).focus();
    };
  }

  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    const { email, password, name } = form.elements;
    const body = { email: email.value.trim(), password: password.value };
    if (mode === 'register' && name.value.trim()) body.name = name.value.trim();
    button.disabled = true;
    byId('entry-error').hidden = true;
    try { onUser(await api[mode](body)); } catch (error) { explain(error, form); } finally { button.disabled = false; }
  };

  if (settings.google_client_id) offerGoogle(settings, onUser, form);
}

function explain(error, form) {
  const text = {
    email_taken: 'There is an account with this address already. Sign in instead.',
    invalid_credentials: 'This address and password do not belong together.',
  }[error.code] || error.problem?.errors?.map(({ message }) => message).join(' ') || error.message;
  const place = byId('entry-error');
  place.textContent = text;
  place.hidden = false;
  const field = error.problem?.errors?.[0]?.field;
  (form.elements[field] || form.elements.email).focus();
}

async function offerGoogle(settings, onUser, form) {
  try {
    await load('https://accounts.google.com/gsi/client');
    const { nonce } = await api.get('/auth/google/nonce');
    google.accounts.id.initialize({
      client_id: settings.google_client_id, nonce,
      callback: async ({ credential }) => {
        try { onUser(await api.google({ credential, nonce })); } catch (error) { explain(error, form); }
      },
    });
    byId('google').hidden = false;
    google.accounts.id.renderButton(byId('google'), { theme: 'outline', size: 'large', width: 320 });
  } catch { /* Without Google's script only the form is shown. */ }
}

export function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    Object.assign(script, { src: address, async: true, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
