// What a talk has cost, where its end was not answered.
import * as api from '../both/api.js';

const CHARGE_LIMIT_MS = 5000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * What a talk has cost that ended without an answer, as soon as that can be asked.
 * @param {string} id
 * @param {() => boolean} isWanted whether anybody still waits; undefined is returned if not
 */
export async function chargeOf(id, isWanted) {
  for (let pause = 1000; isWanted(); pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      const { body } = await api.call('GET', `/sessions/${id}`, { limit: CHARGE_LIMIT_MS });
      if (body.state === 'ended') return body.charged_ms;
    } catch (error) {
      if (api.isSessionOver(error) || error.status === 404) return undefined;
    }
    await nextTime(pause);
  }
  return undefined;
}

/** Waits, but not longer than until the network is back. */
const nextTime = (pause) => new Promise((resolve) => {
  const timer = setTimeout(end, pause);
  function end() {
    clearTimeout(timer);
    removeEventListener('online', end);
    resolve();
  }
  addEventListener('online', end);
});
