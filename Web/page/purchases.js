import * as api from '../both/api.js';
import { alarm, byId, el, table } from '../both/dom.js';
import { clock, money, when } from '../both/format.js';

const paid = { paid: 'Paid', partially_refunded: 'Partly refunded', refunded: 'Refunded', disputed: 'Disputed' };

/** Shows what was bought, and returns the newest orders, paid or not. */
export async function showPurchases() {
  const place = byId('purchases');
  if (!place) return [];
  const { items } = await api.get('/billing/transactions?limit=20');
  const bought = items.filter(({ status }) => status in paid);
  if (!bought.length) {
    place.replaceChildren(el('p', { className: 'hint', textContent: 'Nothing yet. What you buy appears here, with its receipt.' }));
    return items;
  }
  const rows = await Promise.all(bought.map(row));
  place.replaceChildren(table(['When', 'Minutes', 'Price', 'Status', { unseen: 'Receipt' }], rows));
  return items;
}

async function row(order) {
  const path = `/billing/transactions/${order.id}`;
  const receipt = paper('Receipt', `${path}/receipt`);
  receipt.dataset.receipt = order.id;
  const kinds = order.status.includes('refunded') ? ['credit-notes', 'debit-notes'] : [];
  const notes = (await Promise.all(kinds.map(async (kind) =>
    (await api.get(`${path}/${kind}`)).items.map(({ number }) => paper(number, `${path}/${kind}/${encodeURIComponent(number)}`))))).flat();
  return [
    when(order.created_at), clock(order.talktime_ms), money(order.amount, order.currency), paid[order.status], [receipt, ...notes],
  ];
}

function paper(text, path) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: text });
  // The tab must open within the click, or the browser blocks it as an advertisement.
  button.onclick = () => openPage(path, window.open('', '_blank'));
  return button;
}

/** Opens a page that only its owner may fetch. A plain link cannot lead to such a page. */
async function openPage(path, tab) {
  try {
    const { body } = await api.call('GET', path, { headers: { Accept: 'text/html' } });
    const address = URL.createObjectURL(new Blob([body], { type: 'text/html;charset=utf-8' }));
    (tab || window).location.assign(address);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    tab?.close();
    alarm(error.message);
  }
}

/** Opens the receipt of a mailed link, which names the order in its fragment. */
export async function openReceiptFromLink() {
  const id = new URLSearchParams(location.hash.slice(1)).get('receipt');
  if (!id) return;
  history.replaceState(null, '', location.pathname);
  await openPage(`/billing/transactions/${encodeURIComponent(id)}/receipt`, null);
}
