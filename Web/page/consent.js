// The consent to recording and AI, which the server asks for before the first talk, and anew when its text has changed.
import * as api from '../both/api.js';
import { alarm, el } from '../both/dom.js';
import { words } from '../both/words.js';
import { consentParts } from './consent-text.js';
import { whenAlone } from './overlay.js';

/**
 * Asks for the consent, and stores it.
 * @param version of the text, as the server asks for it
 * @returns whether it was given
 */
export async function askConsent(version) {
  await whenAlone();
  const agree = el('button', { className: 'primary', type: 'submit', textContent: words('consent.agree') });
  const refuse = el('button', { className: 'quiet', type: 'button', textContent: words('common.notNow') });
  const error = el('p', { className: 'error', role: 'alert', hidden: true });
  const form = el('form', { noValidate: true },
    el('h2', { textContent: words('consent.title') }),
    ...consentParts(version),
    error, agree, refuse);
  const dialog = el('dialog', { className: 'proof', id: 'consent', ariaLabel: words('consent.title') }, form);
  return new Promise((resolve) => {
    const finish = (isGiven) => {
      dialog.remove();
      resolve(isGiven);
    };
    refuse.onclick = () => dialog.close();
    dialog.onclose = () => finish(false);
    document.addEventListener('signing-out', () => dialog.close(), { once: true });
    form.onsubmit = async (event) => {
      event.preventDefault();
      agree.disabled = true;
      error.hidden = true;
      try {
        await api.post('/auth/consent', { version });
        dialog.onclose = null;
        dialog.close();
        finish(true);
      } catch (problem) {
        agree.disabled = false;
        if (problem.code === 'consent_outdated') {
          alarm(words('consent.outdated'));
          dialog.close();
          return;
        }
        error.textContent = problem.message;
        error.hidden = false;
      }
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
