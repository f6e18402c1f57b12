// What the user bought, in pages, with the receipt of each.
import { empty, trouble, waiting } from '../both/conditions.js';
import { byId, el, redraw, table } from '../both/dom.js';
import { clock, money, when } from '../both/format.js';
import { INDIA, monthOf } from '../both/months.js';
import { Pages } from '../both/pages.js';
import { words } from '../both/words.js';
import { noteButtons, receiptButton } from './papers.js';

export { openReceiptFromLink } from './papers.js';

/** The statuses of what was paid. */
const paid = ['paid', 'partially_refunded', 'refunded', 'disputed'];

let orders = new Pages('/billing/transactions');
/** Who waits for the newest orders, until they could be read once. */
let waiter = null;
document.addEventListener('user-left', () => {
  orders = new Pages('/billing/transactions');
  waiter = null;
});

/**
 * Shows what was bought.
 * @param hear receives the newest orders, paid or not, as soon as they could be read, be it in a later try
 */
export async function showPurchases(hear = null) {
  waiter = hear ?? waiter;
  if (!byId('purchases')) return;
  if (!byId('purchases').hasChildNodes()) byId('purchases').replaceChildren(waiting(words('purchases.waiting')));
  const mine = orders;
  try {
    const newest = await mine.refresh();
    // Nobody else is told of the orders of somebody who has signed out meanwhile.
    if (mine !== orders || !byId('purchases')) return;
    waiter?.(newest);
    waiter = null;
    await paint();
  } catch (error) {
    if (mine === orders) byId('purchases')?.replaceChildren(trouble(error, () => showPurchases()));
  }
}

async function paint() {
  const bought = orders.items.filter(({ status }) => paid.includes(status));
  const rows = await Promise.all(bought.map(row));
  const place = byId('purchases');
  if (!place) return;
  byId('statement-link').href = `/statement/${monthOf(Date.now(), INDIA)}`;
  if (!bought.length && !orders.hasMore) {
    place.replaceChildren(empty(words('purchases.empty')));
    return;
  }
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.receipt : null;
  redraw(
    place,
    table(
      [...['when', 'minutes', 'price', 'status'].map((name) => words(`table.${name}`)), { unseen: words('paper.receipt') }],
      rows, bought.map(({ id }) => id)),
    ...(orders.hasMore ? [older(bought.length)] : []));
  if (focused) place.querySelector(`[data-receipt="${focused}"]`)?.focus();
}

function older(count) {
  const button = el('button', { type: 'button', textContent: words('purchases.older') });
  button.onclick = async () => {
    button.disabled = true;
    try {
      await orders.more();
      await paint();
      // Who reads on comes to the first of those that were added.
      byId('purchases')?.querySelectorAll('[data-receipt]')[count]?.focus();
    } catch (error) {
      button.parentElement?.replaceWith(trouble(error, paint));
    }
  };
  return el('div', { className: 'actions' }, button);
}

async function row(order) {
  const notes = order.status.includes('refunded') ? await noteButtons(order.id) : [];
  return [
    when(order.created_at), clock(order.talktime_ms), money(order.amount, order.currency), words(`paid.${order.status}`),
    [receiptButton(order.id), ...notes],
  ];
}
