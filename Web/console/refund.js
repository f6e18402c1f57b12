// The refund of an order.
import * as api from '../both/api.js';
import { money } from '../both/format.js';
import { actButton, reason } from './dialog.js';

/** Rupees as they are typed, in paise. */
export function paise(typed) {
  if (typed === '') return undefined;
  // Some read 1,000 as a thousand, and others as one.
  if (typed.includes(',')) throw new Error('Write rupees without a comma, such as 1000 or 49.50.');
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(typed)) throw new Error('The amount is in rupees, such as 199 or 49.50.');
  const value = Math.round(Number(typed) * 100);
  if (value < 100) throw new Error('A refund has ₹1 at least.');
  return value;
}

const words = {
  requested: 'Razorpay has not taken it yet: it is sent again until it has.',
  pending: 'Razorpay has taken it, and the bank has not paid it out yet.',
  processed: 'It has been paid out.',
  failed: 'It has failed, and the talk time is given back.',
};

/**
 * @param done shows the refunds anew
 * @param [label] for screen readers, of one button among many
 */
export const refundButton = (order, done, label) => actButton('Refund…', () => ({
  title: 'Refund this order', isDanger: true,
  button: ({ amount }) => (amount === undefined ? 'Refund' : `Refund ${money(amount, 'INR')}`),
  text: [`The order: ${order}.`, 'Without an amount, the refund is what the unspent minutes of the order are worth.',
    'With used minutes, it is all that is left of the payment.'],
  fields: [
    { name: 'amount', label: 'Amount in rupees', hint: 'May stay empty', isOptional: true, inputMode: 'decimal',
      read: paise },
    { name: 'force', label: 'Also refund minutes that were used', type: 'checkbox', isOptional: true,
      hint: 'The user then owes what is missing' },
    reason,
  ],
  once: `/billing/orders/${order}/refund`,
  send: ({ amount, force, reason: why }, key) => api.post(`/billing/orders/${order}/refund`,
    { ...(amount === undefined ? {} : { amount }), ...(force ? { force } : {}), reason: why },
    { 'Idempotency-Key': key }),
}), (refund) => {
  done();
  return `A refund of ${money(refund.amount, refund.currency)} is made. The order: ${order}. ${words[refund.status]}`;
}, { isQuiet: Boolean(label), label });
