// A talk that was cut goes on: another talk is begun in the conversation of the first one, as soon as it can be.
import { APIError, call, newKey } from '../both/api.js';

const LIMIT_MS = 8000;
const PAUSE_MS = 1000;
/** For so long the server may hold the talk still for live: its gap counts from the last beat that arrived. */
const STILL_LIVE_MS = 15_000;

/**
 * Asks until the talk goes on, or cannot any more.
 * @param {string} id the talk that was cut
 * @param {{ patience: number, signal: AbortSignal }} options for how many milliseconds it is tried, and who gives up
 * @returns the new talk; null if there is none
 */
export async function continued(id, { patience, signal }) {
  const until = performance.now() + patience;
  let [key, liveUntil] = [newKey(), Infinity];
  while (!signal.aborted && performance.now() < until) {
    try {
      const headers = { 'Idempotency-Key': key };
      const { body } = await call('POST', '/sessions', { body: { continue: id }, headers, limit: LIMIT_MS });
      if (!signal.aborted) return body;
      // Whoever hung up meanwhile has no talk any more.
      await call('POST', `/sessions/${body.id}/end`, { body: { cause: 'agent_left' } }).catch(() => {});
      return null;
    } catch (error) {
      if (isFinal(error)) return null;
      if (error.code === 'session_already_live') {
        liveUntil = Math.min(liveUntil, performance.now() + STILL_LIVE_MS);
        if (performance.now() > liveUntil) return null;
      }
      // A refusal is stored for its key. Without an answer the same key finds the talk that was begun.
      if (error instanceof APIError) key = newKey();
    }
    await pause(signal);
  }
  return null;
}

const PASSING = new Set(['session_already_live', 'idempotency_in_flight']);
const isFinal = (error) => error instanceof APIError && error.status < 500 && error.status !== 429 && !PASSING.has(error.code);

/** Not longer than until the network is back. */
const pause = (signal) => new Promise((resolve) => {
  const timer = setTimeout(end, PAUSE_MS);
  function end() {
    clearTimeout(timer);
    removeEventListener('online', end);
    signal.removeEventListener('abort', end);
    resolve();
  }
  addEventListener('online', end);
  signal.addEventListener('abort', end);
});
