import { el } from '../both/dom.js';

/** Pairs of a name and what it is, as a list. */
export const facts = (pairs) => el('dl', { className: 'facts' },
  ...pairs.filter(([, value]) => value !== null && value !== undefined)
  .flatMap(([name, value]) => [el('dt', { textContent: name }), el('dd', {}, ...[value].flat())]));

/** A card with its heading. */
export const section = (title, ...children) => {
  const heading = el('h2', { tabIndex: -1, textContent: title });
  return el('section', { className: 'card' }, heading, ...children);
};
