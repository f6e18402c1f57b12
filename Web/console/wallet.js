// What operators do to a wallet.
import * as api from '../both/api.js';
import { el } from '../both/dom.js';
import { actButton, reason } from './dialog.js';
import { talkTime } from './format.js';
import { may } from './operator.js';

/** Minutes as they are typed, in milliseconds. */
export function milliseconds(typed) {
  // Some read 1,000 as a thousand, and others as one.
  if (typed.includes(',')) throw new Error('Write minutes without a comma, such as 1000 or 2.5.');
  if (!/^[+-]?\d{1,9}(\.\d{1,4})?$/.test(typed)) throw new Error('Minutes are a number, such as 10 or 2.5.');
  const value = Math.round(Number(typed) * 60_000);
  if (value === 0) throw new Error('Nothing would change.');
  return value;
}

/** The words of a button with the time that it moves, as it was understood. */
const titled = (verb, by = verb) => ({ talktime_ms: value }) =>
  (value === undefined ? verb : `${by} ${talkTime(value)}`);

const minutes = (hint, read) => ({
  name: 'talktime_ms', label: 'Minutes', hint, inputMode: 'decimal', read: (typed) => {
    const value = milliseconds(typed);
    if (read === 'positive' && value < 0) throw new Error('A grant gives minutes. An adjustment takes them.');
    return value;
  },
});

/**
 * The buttons that the operator's role may use.
 * @param name gives the account's name when an act is chosen
 * @param done shows the wallet anew
 */
export function walletActs({ id, name, wallet, done }) {
  /** @type {`/billing/wallets/${string}`} */
  const path = `/billing/wallets/${id}`;
  const whom = () => `The account: ${name()}, ${id}.`;
  const after = (changed) => `Available now: ${talkTime(changed.available_ms)}.`;
  /** @type {(act: 'grants' | 'adjustments') => (values: any, key: string) => Promise<any>} */
  const post = (act) => (values, key) => api.post(`${path}/${act}`, values, { 'Idempotency-Key': key });
  const grant = () => actButton('Grant minutes…', () => ({
    title: 'Grant talk time', button: titled('Grant'), fields: [minutes('Such as 10 or 2.5', 'positive'), reason],
    text: [`${name()} gets the minutes for nothing.`, whom()], once: `${path}/grants`, send: post('grants'),
  }), (changed, given) => { done(); return `Granted ${talkTime(given.talktime_ms)} to ${name()}. ${after(changed)}`; });
  const adjust = () => actButton('Adjust…', () => ({
    title: 'Correct the wallet', button: titled('Correct', 'Correct by'), isDanger: true,
    fields: [minutes('With a minus they are taken', 'any'), reason],
    text: ['What the wallet does not have is owed.', whom()],
    once: `${path}/adjustments`, send: post('adjustments'),
  }), (changed, given) => {
    done();
    return `Changed the wallet of ${name()} by ${talkTime(given.talktime_ms)}. ${after(changed)}`;
  });
  const freeze = () => actButton('Freeze…', () => ({
    title: 'Freeze the wallet', button: 'Freeze', isDanger: true, fields: [reason],
    text: ['No talk can begin, and a live one ends.', whom()], send: ({ reason: why }) =>
      api.post(`${path}/freeze`, { reason: why }),
  }), () => { done(); return `The wallet of ${name()} is frozen.`; });
  const thaw = () => actButton('Thaw…', () => ({
    title: 'Thaw the wallet', button: 'Thaw', fields: [reason],
      text: ['An operator’s freeze is taken back. A dispute’s stays.', whom()],
    send: ({ reason: why }) => api.post(`${path}/thaw`, { reason: why }),
  }), (changed) => {
    done();
    return changed.frozen ? `The freeze is taken back. The wallet of ${name()} stays frozen by a dispute.`
      : `The wallet of ${name()} is open again.`;
  });
  const isFrozenByOperator = (wallet.freezes ?? []).some(({ cause }) => cause === 'operator');
  const acts = [
    may('finance') ? grant() : null, may('admin') ? adjust() : null,
    may('admin') ? (isFrozenByOperator ? thaw() : freeze()) : null,
  ].filter(Boolean);
  return acts.length ? el('div', { className: 'actions' }, ...acts) : null;
}
