// What is said about a call that does not come about, and about a talk that is over.
import * as api from '../both/api.js';
import { clock, endReason } from '../both/format.js';

export function walletWords({ frozen, owed_ms: owed }, balance) {
  if (frozen) return 'Your wallet is on hold. Please write to us.';
  if (owed > 0) return `You owe ${clock(owed)} of talk time. Add minutes to begin: it is taken from them.`;
  return balance > 0 ? 'Ready when you are.' : 'Add minutes to begin.';
}

const refusals = {
  insufficient_talktime: 'No minutes left. Add some to begin.',
  previous_call_open: 'Your last call is still closing. Try again in a moment.',
  agent_unavailable: 'The agent cannot be reached just now. Nothing was charged.',
  all_agents_busy: 'All lines are busy. Try again in a minute.',
  balance_owed: 'Some talk time is still owed. Add minutes to begin.',
  wallet_frozen: 'Your wallet is on hold. Please write to us.',
};

export function refusalWords(error) {
  if (error instanceof api.APIError) return refusals[error.code] ?? error.message;
  return 'There is no connection just now. Nothing was charged.';
}

/** What counts of a silence is not decided before it is over. */
export const lateWords = (seconds) =>
  `No connection. If it is not back within ${seconds} seconds, the talk ends. The clock stands: this time counts only if `
  + 'the connection comes back, or if the agent’s own record of the call has it.';

/** The talk has ended, and its conversation may go on. */
export const CUT = 'The connection was lost for too long, and the clock has stopped. If it comes back within a minute, the '
  + 'talk goes on where it was. The time in between counts only if the agent’s own record of the call has it.';

/** Another talk goes on in the same conversation. */
export const CONTINUED = 'The connection is back, and the talk goes on where it was.';

export const UNANSWERED = 'Talktime does not answer just now, but the agent does: you can talk on. The clock stands, '
  + 'and what counts of this time is seen when Talktime answers again.';

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
    if (unreached.has(reason)) return 'The agent could not be reached. Nothing was charged.';
  }
  const end = charged === undefined ? `${endReason(reason)}.` : `${endReason(reason)} after ${clock(charged)}.`;
  return [end, isGap(reason) ? gapWords(charged) : '', cuts.has(reason) ? CANNOT_GO_ON : ''].filter(Boolean).join(' ');
}

const CANNOT_GO_ON = 'The agent’s call is closed, so this conversation cannot go on; you can start a new one.';

/** The provider's record of the call is compared with what was charged, and the difference is booked. */
function gapWords(charged) {
  const known = charged < 1000 ? 'less than a second' : `these ${clock(charged)}`;
  const paid = charged === undefined ? 'the time up to the last sign of this page' : known;
  return `You pay for ${paid}, and not for the silence after it, unless the agent’s own record of the call is longer: `
    + 'your talks show that then.';
}
