// Receipts, credit notes and debit notes: pages that only their owner may fetch, each opened in a tab of its own.
import * as api from '../both/api.js';
import { alarm, el } from '../both/dom.js';
import { words } from '../both/words.js';

/** @returns {`/billing/transactions/${string}`} */
const orderPath = (order) => `/billing/transactions/${encodeURIComponent(order)}`;

/** The button of an order's receipt. */
export function receiptButton(order, text = words('paper.receipt')) {
  const button = paper(text, `${orderPath(order)}/receipt`);
  button.dataset.receipt = order;
  return button;
}

/** @param kind `credit-notes` or `debit-notes` */
export const noteButton = (order, kind, number) => paper(number, `${orderPath(order)}/${kind}/${encodeURIComponent(number)}`);

/** The buttons of all credit and debit notes of an order. */
export async function noteButtons(order) {
  /** @type {('credit-notes' | 'debit-notes')[]} */
  const kinds = ['credit-notes', 'debit-notes'];
  const lists = await Promise.all(kinds.map(async (kind) =>
    (await api.get(`${orderPath(order)}/${kind}`)).items.map(({ number }) => noteButton(order, kind, number))));
  return lists.flat();
}

function paper(text, path) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: text });
  // The tab must open within the click, or the browser blocks it as an advertisement.
  button.onclick = () => openPage(path, window.open('', '_blank'));
  return button;
}

/**
 * Opens a page that only its owner may fetch. A plain link cannot lead to such a page.
 * @param {`/billing/transactions/${string}/receipt`} path or that of a note
 * @param {Window | null} tab
 */
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
  await openPage(`${orderPath(id)}/receipt`, null);
}
