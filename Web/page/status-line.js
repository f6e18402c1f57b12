// One sentence over the page while a part of Talktime is away, and what that means for one's talk time.
import { byId } from '../both/dom.js';
import { stageOfTalk } from './talk-stage.js';

const EVERY_MS = 60_000;
const AGAIN_MS = 10_000;
const LIMIT_MS = 5000;

/** Who does not answer, by the joint health check; `connection` stands for everything. */
let missing = [];
let timer = null;
let asking = null;
/** Whether it was asked for again meanwhile. */
let isAskedAgain = false;

/** Watches whether all services answer, as long as the page is open. */
export function watchHealth() {
  addEventListener('online', askForHealth);
  addEventListener('offline', () => {
    missing = ['connection'];
    paint();
  });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') askForHealth(); });
  document.addEventListener('talk-stage', paint);
  askForHealth();
}

/**
 * Asks now, as after an answer that failed. An answer that is under way may be older than what happened: then it is asked
 * for once more afterwards.
 */
export function askForHealth() {
  isAskedAgain = Boolean(asking);
  asking ??= askUntilNew().finally(() => { asking = null; });
  return asking;
}

async function askUntilNew() {
  let found;
  do {
    isAskedAgain = false;
    found = await ask();
    missing = found;
    paint();
  } while (isAskedAgain);
  clearTimeout(timer);
  timer = setTimeout(askWhenSeen, found.length ? AGAIN_MS : EVERY_MS);
}

/** Nobody sees a hidden page; it asks when it is seen again. */
function askWhenSeen() {
  if (document.visibilityState === 'visible') askForHealth();
}

async function ask() {
  try {
    // @ts-ignore Debian's compiler does not know the limit yet.
    const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
    if (answer.status < 500) return [];
    // Where nobody can say who is missing, it is the service that asks the others.
    const { missing: named = ['task'] } = await answer.json().catch(() => ({}));
    return named;
  } catch {
    return ['connection'];
  }
}

const resting = {
  connection: 'There is no connection to Talktime just now. You are not talking, so no talk time is used.',
  session: 'Talks cannot begin just now, because a part of Talktime is away. No talk time is used meanwhile.',
  auth: 'Signing in and out does not work just now. No talk time is used while you do not talk.',
  billing: 'Minutes cannot be bought just now. Talks work, and no talk time is used while you do not talk.',
  task: 'Care plans and mails come later just now. Talks work, and no talk time is used while you do not talk.',
};

/** A talk that goes on says itself whether it is metered. */
const talking = {
  auth: 'Signing in and out does not work just now. Your talk goes on, and is charged as ever.',
  billing: 'Minutes cannot be bought just now. Your talk goes on, and is charged as ever.',
  task: 'Care plans and mails come later just now. Your talk goes on, and is charged as ever.',
};

const byGravity = ['connection', 'session', 'auth', 'billing', 'task'];

function words() {
  const isTalking = !['rest', 'calling'].includes(stageOfTalk());
  const gravest = byGravity.find((name) => missing.includes(name));
  return (isTalking ? talking : resting)[gravest] ?? '';
}

function paint() {
  const place = byId('outage');
  if (!place) return;
  const text = words();
  if (place.textContent !== text) place.textContent = text;
}
