// Why there is no care plan, or none yet, in plain words. The codes are those of docs/care-plans.md; a test compares.
const useless = (words) => `The AI gave no usable plan in three tries. ${words}`;
const ourFault = 'The AI that writes the plans could not be used for three days. That was our fault, not yours.';
const again = 'It is tried again by itself.';

/** For a plan that was skipped or has failed. */
export const ends = {
  no_conversation: 'There was no conversation with the agent, so there is nothing to plan.',
  nothing_said: 'Nothing was said in this talk, so there is nothing to plan.',
  conversation_unfinished: 'The agent never reported the end of this conversation, so no plan was written.',
  conversation_failed: 'The conversation failed at the agent before anything was said.',
  continued: 'This talk was cut off and went on in another one. The plan of the whole conversation is with that talk.',
  deleted: 'You have deleted it.',
  expired: 'It is no longer kept.',
  unreadable: 'It is kept, but it cannot be read any more: its key is lost. Please write to us.',
  cancelled: 'We have stopped the writing of this plan. Please write to us if you miss it.',
  unknown: 'It could not be written. We do not know why.',
  conversation_unavailable: 'The conversation could not be fetched for three days, so no plan was written.',
  conversation_refused: 'We were not given the conversation for three days. That was our fault, not yours.',
  gemini_unreachable: 'The AI that writes the plans could not be reached for three days.',
  gemini_unavailable: 'The AI that writes the plans did not work for three days.',
  gemini_rate_limited: 'The AI that writes the plans was too busy for three days.',
  gemini_daily_quota: 'The AI that writes the plans had written all that it may for three days.',
  gemini_key_refused: ourFault,
  gemini_request_refused: ourFault,
  gemini_model_gone: ourFault,
  gemini_empty: useless('The last answer was empty.'),
  gemini_malformed: useless('The last answer was garbled.'),
  gemini_declined: useless('At last it declined to write one.'),
  gemini_no_plan: useless('The last answer was no plan.'),
  gemini_recitation: useless('The last answer copied another text.'),
  gemini_unfinished: useless('The last answer was broken off.'),
  gemini_truncated: 'The plan became too long to be written to its end.',
  gemini_prompt_blocked: 'A filter of the AI did not let this talk through.',
  gemini_answer_blocked: 'A filter of the AI held the plan back.',
  gemini_language: 'The AI does not write in the language of this talk.',
  gemini_too_long: 'The talk was too long for the AI to read.',
};

const busy = `The AI that writes the plans cannot be used just now. ${again}`;
const oncemore = 'The AI’s answer was of no use. It is asked once more.';

/** For a plan that is still being written. */
export const waits = {
  queued: 'It is about to be written…',
  session_live: 'The talk goes on, or is not settled yet. The plan comes after that…',
  unanswered: 'Talktime cannot answer just now. This page asks again by itself…',
  conversation_not_ready: 'The conversation is not ready to be read yet. It is waited for…',
  conversation_unavailable: `The conversation cannot be fetched just now. ${again}`,
  conversation_refused: `We are not given the conversation just now. That is our fault, not yours. ${again}`,
  care_plan_unavailable: `It could not be stored just now. ${again}`,
  worker_lost: 'The writing was interrupted, and begins again…',
  gemini_unreachable: `The AI that writes the plans cannot be reached just now. ${again}`,
  gemini_unavailable: `The AI that writes the plans does not work just now. ${again}`,
  gemini_rate_limited: `The AI that writes the plans is busy just now. ${again}`,
  gemini_daily_quota: `The AI that writes the plans has written all that it may today. ${again}`,
  gemini_key_refused: busy,
  gemini_request_refused: busy,
  gemini_model_gone: busy,
  gemini_empty: oncemore,
  gemini_malformed: oncemore,
  gemini_declined: oncemore,
  gemini_no_plan: oncemore,
  gemini_recitation: oncemore,
  gemini_unfinished: oncemore,
  gemini_truncated: 'The plan became too long. It is written once more, with more room…',
};

const wordsOf = (table, code, otherwise) => (Object.hasOwn(table, code ?? '') ? table[code] : otherwise);
export const endWords = (code) => wordsOf(ends, code, 'It could not be written this time.');
export const waitWords = (code) => wordsOf(waits, code, 'It is being written…');
