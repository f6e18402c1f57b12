// What is said about a call that does not come about, and about a talk that is over.
import * as api from '../both/api.js';
import { clock, endReason } from '../both/format.js';
import { hasWords, words } from '../both/words.js';

export function walletWords({ frozen, owed_ms: owed }, balance) {
  if (frozen) return words('refusal.wallet_frozen');
  if (owed > 0) return words('wallet.owed', { time: clock(owed) });
  return words(balance > 0 ? 'wallet.ready' : 'wallet.empty');
}

export function refusalWords(error) {
  const key = `refusal.${error.code}`;
  if (error instanceof api.APIError) return hasWords(key) ? words(key) : error.message;
  return words('refusal.offline');
}

/** What counts of a silence is not decided before it is over. */
export const lateWords = (seconds) => words('late.words', { count: seconds });

const unreached = new Set(['agent_lost', 'agent_ended', 'never_connected']);

/** The ends that no one wanted. What was said in the talk is with the agent's call, which ends with them. */
const cuts = new Set(['gap', 'asleep', 'agent_lost', 'lost']);
const isGap = (reason) => reason === 'gap' || reason === 'asleep';

/**
 * How a talk ended; undefined for a call that was cancelled.
 * @param charged undefined while nobody has told
 */
export function endWords(talk, reason, charged) {
  if (!talk.hasBegun) {
    if (reason === 'user') return undefined;
    if (unreached.has(reason)) return words('ending.unreached');
  }
  const end = charged === undefined ? words('ending.plain', { end: endReason(reason) })
    : words('ending.after', { end: endReason(reason), time: clock(charged) });
  return [end, isGap(reason) ? gapWords(charged) : '', cuts.has(reason) ? words('ending.cannotGoOn') : ''].filter(Boolean).join(' ');
}

/** The provider's record of the call is compared with what was charged, and the difference is booked. */
function gapWords(charged) {
  if (charged === undefined) return words('ending.payUnknown');
  return charged < 1000 ? words('ending.payLittle') : words('ending.pay', { time: clock(charged) });
}
