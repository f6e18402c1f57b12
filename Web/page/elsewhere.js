// A talk that this page does not hold: one that it left when it was loaded again, or one in another window.
import * as api from '../both/api.js';

const KEY = 'talktime-talk';
let held = null;

// A browser that blocks the data of sites throws. Without a store a page that is loaded again knows of no talk.
const note = (id) => { try { sessionStorage.setItem(KEY, id); } catch { /* As above. */ } };
const erase = () => { try { sessionStorage.removeItem(KEY); } catch { /* As above. */ } };
function noted() {
  try { return sessionStorage.getItem(KEY); } catch { return null; }
}

/** Notes the page's own talk, for the page that may be loaded in its place. Other windows see that somebody holds it. */
export function hold(id) {
  note(id);
  held = new AbortController();
  const { signal } = held;
  // The signal takes the request back, too: another window may hold the lock still.
  navigator.locks?.request(KEY, { signal }, () => new Promise((resolve) => { signal.onabort = resolve; })).catch(() => {});
}

/** @param isKept the page goes away, and the page that follows is to tell of the talk */
export function letGo({ isKept = false } = {}) {
  if (!isKept) erase();
  held?.abort();
  held = null;
}

/** A window that was opened from another one has a copy of its notes. */
async function isHeldByAnotherWindow() {
  const { held = [] } = await navigator.locks?.query() ?? {};
  return held.some(({ name }) => name === KEY);
}

/**
 * The talk that was left when the page was loaded again, ended; null if there is none. It cannot go on: its call ended
 * with the page. It is charged to its last beat.
 */
export async function leftTalk() {
  const id = noted();
  if (!id) return null;
  if (await isHeldByAnotherWindow()) {
    erase();
    return null;
  }
  const talk = await api.get(`/sessions/${id}`).catch((error) => (error.status === 404 ? null : Promise.reject(error)));
  const ended = talk && talk.state !== 'ended' ? await api.post(`/sessions/${id}/end`, { cause: 'agent_left' }) : talk;
  erase();
  return ended;
}

/** The user's live talk; null if there is none. */
export async function liveTalk() {
  const { items: [newest] } = await api.get('/sessions?limit=1');
  if (!newest || newest.state === 'ended') return null;
  // The list is the ledger's, which may not know of the end yet.
  const talk = await api.get(`/sessions/${newest.id}`);
  return talk.state === 'ended' ? null : talk;
}

const PAUSE_MS = 2000;
/** Whether there is no such talk, or nothing more of it. Any other refusal passes. */
const isGone = ({ status }) => status === 404 || status === 410;

/**
 * Follows a talk by its events until it has ended, or the signal is aborted.
 * @param tell receives each event's name and data
 */
export async function follow(id, signal, tell) {
  while (!signal.aborted) {
    let pause = PAUSE_MS;
    try {
      const headers = { Authorization: `Bearer ${api.bearer()}` };
      const answer = await fetch(`/sessions/${id}/events`, { headers, signal, cache: 'no-store' });
      if (isGone(answer)) return;
      if (answer.ok && await read(answer, tell)) return;
      pause = Math.max(PAUSE_MS, 1000 * (Number(answer.headers.get('Retry-After')) || 0));
      if (answer.status === 401) await api.refreshOrSignOut();
    } catch (error) {
      if (api.isSessionOver(error)) return;
      // The connection broke.
    }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
}

/** Whether nothing more is to be expected. */
async function read(answer, tell) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = '', part; !(part = await reader.read()).done;) {
    const blocks = (rest + part.value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      if (block === ': replaced') return true;
      const { event, data } = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/)));
      if (event) tell(event, JSON.parse(data));
      if (event === 'ended') {
        reader.cancel().catch(() => {});
        return true;
      }
    }
  }
  return false;
}
