// What is agreed to before the first talk: the one text of it, for the talk page's dialog and for the window that signs
// in a frame in another site's page. Whoever stores a consent has shown this. Another text needs another
// CONSENT_VERSION.
import { el } from '../both/dom.js';
import { words } from '../both/words.js';

/**
 * The statements, the question, and the version that is stored.
 * @param version as the server asks for it
 */
export const consentParts = (version) => [
  el('p', { textContent: words('consent.ai') }),
  el('ul', {},
    el('li', { textContent: words('consent.recorded') }),
    el('li', { textContent: words('consent.plan') }),
    el('li', { textContent: words('consent.delete') })),
  el('p', { textContent: words('consent.question') }),
  el('p', { className: 'hint', textContent: words('consent.version', { version }) }),
];
