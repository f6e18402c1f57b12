// Razorpay's reasons why an attempt to pay failed, in plain words: what happened, and what may help. The reasons are the
// values of `error.reason` in its documentation.
import { hasWords, words } from '../both/words.js';

/** Reasons that are said as another one is. */
const same = {
  debit_declined: 'payment_declined', invalid_otp: 'incorrect_otp', payment_session_expired: 'payment_timed_out',
  issuer_technical_error: 'bank_technical_error',
};

/** What the attempt failed for, in a sentence or two. Banks often tell no reason. */
export function failureWords(reason) {
  const key = `failed.${same[reason] ?? reason}`;
  return words(hasWords(key) ? key : 'failed.unknown');
}
