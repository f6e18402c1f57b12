// One sentence over the page while a part of Talktime is away, and what that means for one's talk time.
import { byId } from '../both/dom.js';
import { words } from '../both/words.js';
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

/** A talk that goes on says itself whether it is metered. */
const saidByTalk = ['connection', 'session'];
const byGravity = ['connection', 'session', 'auth', 'billing', 'task'];

function sentence() {
  const isTalking = !['rest', 'calling'].includes(stageOfTalk());
  const gravest = byGravity.find((name) => missing.includes(name));
  if (!gravest || (isTalking && saidByTalk.includes(gravest))) return '';
  return words(`outage.${isTalking ? 'talk' : 'rest'}.${gravest}`);
}

function paint() {
  const place = byId('outage');
  if (!place) return;
  const text = sentence();
  if (place.textContent !== text) place.textContent = text;
}
