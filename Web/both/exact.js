// Talk time to the thousandth of a second, as the ledger has it: what is shown adds up.
import { el } from './dom.js';
import { clock } from './format.js';

const sign = { true: '\u2212', false: '+' };

/** As text, such as `2:05.400`. */
export const exactly = (milliseconds) =>
  `${milliseconds < 0 ? sign.true : ''}${clock(Math.abs(milliseconds))}.${String(Math.abs(milliseconds) % 1000).padStart(3, '0')}`;

/** The thousandths stand back. */
export function exact(milliseconds, { isChange = false } = {}) {
  const text = (isChange && milliseconds > 0 ? sign.false : '') + exactly(milliseconds);
  return el('span', { className: 'exact' }, text.slice(0, -4), el('span', { className: 'fraction', textContent: text.slice(-4) }));
}

/** A change of a balance, with its sign. */
export const change = (milliseconds) => exact(milliseconds, { isChange: true });
