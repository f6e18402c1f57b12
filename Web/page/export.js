// Everything that the services have of a user, in one file.
import * as api from '../both/api.js';
import { Pages } from '../both/pages.js';

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
  tell('Your account is being fetched…');
  // Five times an hour: waiting for it would take too long.
  const account = await api.get('/auth/me/export');
  const fetched = (words) => (count) => tell(`${words} (${new Intl.NumberFormat().format(count)} so far)`);
  tell('Your purchases are being fetched…');
  const [balance, buyer] = [await patiently(() => api.get('/billing/balance')), await patiently(() => api.get('/billing/buyer'))];
  const orders = await all('/billing/transactions', fetched('Your purchases are being fetched…'));
  const ledger = await all('/billing/ledger?include=holds', fetched('The entries of your wallet are being fetched…'));
  const talks = await all('/sessions', fetched('Your talks are being fetched…'));
  // An operator would get everybody's.
  const tasks = account.operator_role ? [] : await all('/tasks', fetched('Your tasks are being fetched…'));
  return { account, balance, buyer, orders, ledger, talks, care_plans: await plansOf(talks, tell), tasks };
}

async function plansOf(talks, tell) {
  const said = talks.filter(({ state, charged_ms: charged }) => state === 'ended' && charged > 0);
  const plans = {};
  for (const [index, { id }] of said.entries()) {
    tell(`Your care plans are being fetched… (${index + 1} of ${said.length})`);
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
