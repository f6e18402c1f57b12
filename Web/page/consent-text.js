// What is agreed to before the first talk: the one text of it, for the talk page's dialog and for the window that signs
// in a frame in another site's page. Whoever stores a consent has shown this. Another text needs another
// CONSENT_VERSION.
import { el } from '../both/dom.js';

/**
 * The statements, the question, and the version that is stored.
 * @param version as the server asks for it
 */
export const consentParts = (version) => [
  el('p', { textContent: 'You talk with an AI, not with a person.' }),
  el('ul', {},
    el('li', { textContent: 'The talk is recorded.' }),
    el('li', { textContent: 'Another AI reads it, to write your care plan.' }),
    el('li', { textContent: 'You can delete each care plan, and your whole account.' })),
  el('p', { textContent: 'Do you agree? Without it no talk can begin, and nothing is charged.' }),
  el('p', { className: 'hint', textContent: `Version ${version} of this text. If it changes, you are asked again.` }),
];

export const OUTDATED = 'This text has changed meanwhile. Start once more to read the present one.';
