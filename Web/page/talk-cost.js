// What a talk costs, and why it is not what was charged at its end.
import { clock } from '../both/format.js';
import { words } from '../both/words.js';

/** The cost of a talk: the reconciled charge, once the provider has reported the duration. */
export const cost = (talk) => Math.max(0, talk.final_charge_ms ?? talk.charged_ms);

/**
 * Why the cost is not what was charged at the end of the talk, in a sentence; empty if it is.
 * @param others talks of the same user. Where one of them has the same conversation, the agent's record is of both.
 */
export function adjustment(talk, others = []) {
  const [first, last] = [talk.charged_ms, cost(talk)];
  // Whole seconds, so that what is shown adds up.
  const seconds = Math.floor(last / 1000) - Math.floor(first / 1000);
  if (!talk.adjustment_ms || !seconds) return '';
  const isShared = others.some(({ id, conversation_id: conversation }) => id !== talk.id && conversation && conversation === talk.conversation_id);
  const record = talk.provider_duration_ms === undefined ? '' : isShared ? 'ByRecordOfAll' : 'ByRecord';
  return words(`cost.${seconds > 0 ? 'more' : 'back'}${record}`, {
    first: clock(first), change: clock(Math.abs(seconds) * 1000), length: clock(talk.provider_duration_ms ?? 0),
  });
}
