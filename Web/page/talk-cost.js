// What a talk costs, and why it is not what was charged at its end.
import { clock } from '../both/format.js';
import { words } from '../both/words.js';

/**
 * The cost of a talk: the reconciled charge, once the provider has reported the duration. The last talk of a conversation
 * has what was given back for all of them, which may be more than it was charged itself.
 */
export const cost = (talk) => talk.final_charge_ms ?? talk.charged_ms;

/** In whole seconds, so that what is shown adds up. */
const seconds = (milliseconds) => Math.trunc(milliseconds / 1000);

/** What a talk cost, to be read. */
export const costText = (talk) => `${seconds(cost(talk)) < 0 ? '\u2212' : ''}${clock(Math.abs(cost(talk)))}`;

/**
 * Why the cost is not what was charged at the end of the talk, in a sentence; empty if it is.
 * @param others talks of the same user. Where one of them has the same conversation, the agent's record is of both.
 */
export function adjustment(talk, others = []) {
  const [first, last] = [talk.charged_ms, cost(talk)];
  const change = seconds(last) - seconds(first);
  if (!talk.adjustment_ms || !change) return '';
  const isShared = others.some(({ id, conversation_id: conversation }) => id !== talk.id && conversation && conversation === talk.conversation_id);
  const record = talk.provider_duration_ms === undefined ? '' : isShared ? 'ByRecordOfAll' : 'ByRecord';
  return words(`cost.${change > 0 ? 'more' : 'back'}${record}`, {
    first: clock(first), change: clock(Math.abs(change) * 1000), length: clock(talk.provider_duration_ms ?? 0),
  });
}
