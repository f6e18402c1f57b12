// A talk that was cut goes on: another talk is begun in the conversation of the first one, as soon as it can be.
import { APIError, call, newKey } from '../both/api.js';

const LIMIT_MS = 8000;
const PAUSE_MS = 1000;
/** For so long the server may hold a talk still for live: until its gap, or until the first beat of one that had none. */
const STILL_LIVE_MS = 40_000;

/**
 * Asks until the talk goes on, or cannot any more.
 * @param {string} id the talk that was cut
 * @param {{ patience: number, signal: AbortSignal, unused?: string | null }} options for how many milliseconds it is
 *   tried, who gives up, and a talk that was begun for it before and had no beat: it is ended first
 * @returns the new talk; null if there is none
 */
export async function continued(id, { patience, signal, unused = null }) {
  const until = performance.now() + patience;
  let [key, liveUntil] = [newKey(), Infinity];
  while (!signal.aborted && performance.now() < until) {
    let wait = PAUSE_MS;
    try {
      if (unused) await end(unused);
      unused = null;
      const headers = { 'Idempotency-Key': key };
      const { body } = await call('POST', '/sessions', { body: { continue: id }, headers, limit: LIMIT_MS });
      if (!signal.aborted) return body;
      // Whoever hung up meanwhile has no talk any more.
      await end(body.id).catch(() => {});
      return null;
    } catch (error) {
      if (isFinal(error)) return null;
      if (error.code === 'session_already_live') {
        liveUntil = Math.min(liveUntil, performance.now() + STILL_LIVE_MS);
        if (performance.now() > liveUntil) return null;
      }
      // A refusal is stored for its key. Without an answer, and while the first request goes on, the same key finds the
      // talk that was begun.
      if (error instanceof APIError && error.code !== 'idempotency_in_flight') key = newKey();
      wait = Math.max(wait, 1000 * (error.retryAfter ?? 0));
    }
    await pause(wait, signal);
  }
  return null;
}

/** A talk without a beat costs nothing. */
const end = (id) => call('POST', `/sessions/${id}/end`, { body: { cause: 'agent_left' }, limit: LIMIT_MS });

const PASSING = new Set(['session_already_live', 'idempotency_in_flight']);
const isFinal = (error) => error instanceof APIError && error.status < 500 && error.status !== 429 && !PASSING.has(error.code);

/** Not longer than until the network is back. */
const pause = (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(over, milliseconds);
  function over() {
    clearTimeout(timer);
    removeEventListener('online', over);
    signal.removeEventListener('abort', over);
    resolve();
  }
  addEventListener('online', over);
  signal.addEventListener('abort', over);
});
