import * as api from './api.js';
import { load } from './dom.js';

let loading = null;

/** Google's script, once for the page. After a failure the next call tries again. */
export const loadGoogle = () => {
  loading ??= load('https://accounts.google.com/gsi/client').catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
};

// A nonce is good for five minutes.
const PATIENCE_MS = 240_000;

/**
 * Asks for a choice of a Google account, and gives the credential with the nonce that it contains. Each try has a nonce of
 * its own, fetched at the click, so that none is too old or was used by an earlier try.
 * @param place where Google draws its button
 * @throws AbortError if nobody chooses
 */
export async function askGoogle(place, clientID) {
  await loadGoogle();
  const { nonce } = await api.get('/auth/google/nonce');
  return new Promise((resolve, reject) => {
    google.accounts.id.initialize({
      client_id: clientID, nonce, callback: ({ credential }) => resolve({ credential, nonce }),
    });
    const button = document.createElement('div');
    place.replaceChildren(button);
    google.accounts.id.renderButton(button, { theme: 'outline', size: 'large', width: 320 });
    // Opens Google's window at once where its button is drawn already; else it is one more click.
    button.querySelector('[role=button], button')?.click();
    setTimeout(() => reject(new DOMException('Nobody chose a Google account.', 'AbortError')), PATIENCE_MS);
  });
}
