// Why there is no care plan, or none yet, in plain words. The codes are those of docs/care-plans.md; a test compares.
import { words } from '../both/words.js';

/** @type {(group: string, ...codes: string[]) => Record<string, string>} */
const keyed = (group, ...codes) => Object.fromEntries(codes.map((code) => [code, `${group}.${code}`]));
const ourFault = 'plan.end.ourFault';

/** The keys of the words for a plan that was skipped or has failed. */
export const ends = {
  ...keyed('plan.end', 'no_conversation', 'nothing_said', 'conversation_unfinished', 'conversation_failed', 'continued', 'deleted', 'expired',
    'unreadable', 'cancelled', 'unknown', 'conversation_unavailable', 'conversation_refused', 'gemini_unreachable',
    'gemini_unavailable', 'gemini_rate_limited', 'gemini_daily_quota', 'gemini_empty', 'gemini_malformed', 'gemini_declined',
    'gemini_no_plan', 'gemini_recitation', 'gemini_unfinished', 'gemini_truncated', 'gemini_prompt_blocked',
    'gemini_answer_blocked', 'gemini_language', 'gemini_too_long'),
  gemini_key_refused: ourFault, gemini_request_refused: ourFault, gemini_model_gone: ourFault,
};

const [busy, onceMore] = ['plan.wait.busy', 'plan.wait.onceMore'];

/** The keys of the words for a plan that is still being written. */
export const waits = {
  ...keyed('plan.wait', 'queued', 'session_live', 'unanswered', 'conversation_not_ready', 'conversation_unavailable',
    'conversation_refused', 'care_plan_unavailable', 'worker_lost', 'gemini_unreachable', 'gemini_unavailable',
    'gemini_rate_limited', 'gemini_daily_quota', 'gemini_truncated'),
  gemini_key_refused: busy, gemini_request_refused: busy, gemini_model_gone: busy,
  gemini_empty: onceMore, gemini_malformed: onceMore, gemini_declined: onceMore, gemini_no_plan: onceMore,
  gemini_recitation: onceMore, gemini_unfinished: onceMore,
};

const wordsOf = (table, code, otherwise) => words(Object.hasOwn(table, code ?? '') ? table[code] : otherwise);
export const endWords = (code) => wordsOf(ends, code, 'plan.end.otherwise');
export const waitWords = (code) => wordsOf(waits, code, 'plan.wait.otherwise');
