// Everything that the services have of a user, in one file.
import * as api from '../both/api.js';
import { Pages } from '../both/pages.js';
import { words } from '../both/words.js';

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

/** A user has so many requests a minute: many talks need more, so that this waits as it is told to. */
async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error.status !== 429 || !error.retryAfter) throw error;
      await pause(error.retryAfter);
    }
  }
}

async function all(path, isTold) {
  const pages = new Pages(path, 100);
  await patiently(() => pages.refresh());
  while (pages.hasMore) {
    isTold(pages.items.length);
    await patiently(() => pages.more());
  }
  return pages.items;
}

/**
 * Collects the data.
 * @param tell says how far it is
 */
export async function collect(tell) {
  tell(words('export.account'));
  // Five times an hour: waiting for it would take too long.
  const account = await api.get('/auth/me/export');
  const fetched = (what) => (count) => tell(words('export.soFar', { what, count }));
  tell(words('export.purchases'));
  const [balance, buyer] = [await patiently(() => api.get('/billing/balance')), await patiently(() => api.get('/billing/buyer'))];
  const orders = await all('/billing/transactions', fetched(words('export.purchases')));
  const ledger = await all('/billing/ledger?include=holds', fetched(words('export.entries')));
  const talks = await all('/sessions', fetched(words('export.talks')));
  // An operator would get everybody's.
  const tasks = account.operator_role ? [] : await all('/tasks', fetched(words('export.tasks')));
  return { account, balance, buyer, orders, ledger, talks, care_plans: await plansOf(talks, tell), tasks };
}

async function plansOf(talks, tell) {
  const said = talks.filter(({ state, charged_ms: charged }) => state === 'ended' && charged > 0);
  const plans = {};
  for (const [index, { id }] of said.entries()) {
    tell(words('export.plans', { index: index + 1, total: said.length }));
    try {
      plans[id] = await patiently(() => api.get(`/sessions/${id}/care-plan`));
    } catch (error) {
      // It is not settled yet.
      if (error.code !== 'session_live' && error.status !== 404) throw error;
    }
  }
  return plans;
}

/** Gives the user a file. */
export function save(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
