// What a user has bought, what the wallet's ledger says, and the talks.
import * as api from '../both/api.js';
import { el } from '../both/dom.js';
import { money } from '../both/format.js';
import { fill } from '../both/places.js';
import { dataTable, pages } from './data-table.js';
import { named, talkTime, time } from './format.js';
import { may } from './operator.js';
import { refundButton } from './refund.js';
import { address } from './router.js';
import { tabs } from './tabs.js';

// Several lists stand in one view.
const SIZE = 10;
// The refunds of each order of a page are asked for.
const ORDERS = 20;
const paid = new Set(['paid', 'partially_refunded', 'refunded', 'disputed']);

/**
 * @param {{ id: string, query: Record<string, string>, isSure: () => boolean, known: Promise<unknown>,
 *   signal: AbortSignal, onRefunds: (order: string) => void, onMoney: () => void }} what `query` is that of the
 *   address; `isSure` says whether acts may be offered, once `known` is over; `onRefunds` shows an order's refunds, and
 *   `onMoney` hears that the wallet has changed
 * @returns the node, and what shows the orders anew
 */
export function userRecords({ id, query, isSure, known, signal, onRefunds, onMoney }) {
  const places = { orders: el('div', {}), ledger: el('div', {}), talks: el('div', {}) };
  const list = (place, load, table) => fill(place, () => load().catch(noneOfNobody), ({ rows, more }) => {
    const { node, set } = dataTable({ size: SIZE, ...table });
    set(rows, more);
    return node;
  }, signal);

  const showOrders = () => list(places.orders, async () => {
    const orders = await withRefunds(await pages(api.get, `/billing/wallets/${id}/orders`, ORDERS));
    await known;
    return orders;
  }, {
    name: `orders-${id}`, label: 'Orders', nothing: 'Nothing was ordered.', columns: orderColumns(),
  });
  const orderColumns = () => [
    { head: 'Ordered', of: (order) => order.created_at, show: (order) => time(order.created_at) },
    { head: 'Order', of: (order) => order.id, show: (order) =>
      el('span', { className: 'code whole', textContent: order.id.slice(-8), title: order.id }) },
    { head: 'Pack', of: (order) => order.pack_id || null, show: (order) =>
      el('span', { className: 'whole', textContent: order.pack_id || '–' }) },
    { head: 'Status', of: (order) => named(order.status), show: (order) => el('span',
      { className: `chip ${order.status === 'disputed' ? 'bad' : ''}`, textContent: named(order.status) }) },
    { head: 'Minutes', isNumber: true, of: (order) => order.talktime_ms, show: (order) => talkTime(order.talktime_ms) },
    { head: 'Price', isNumber: true, of: (order) => order.amount / 100,
      show: (order) => money(order.amount, order.currency) },
    { head: 'Refunded', isNumber: true, of: (order) => order.refunded && order.refunded.done / 100,
      show: (order) => (!order.refunded ? 'could not be read' : order.refunded.number ? refundsButton(order) : null) },
    { head: 'On its way', isNumber: true, of: (order) => order.refunded && order.refunded.pending / 100,
      show: (order) => (order.refunded?.pending ? money(order.refunded.pending, order.currency) : null) },
    ...(may('finance') ? [{ head: 'Acts', isAct: true, show: (order) => (isSure() && isRefundable(order)
      ? refundButton(order.id, () => { showOrders(); onMoney(); }, `Refund the order ${order.id}`) : '') }] : []),
  ];
  /** The sum leads to the refunds that it has, also where all of them have failed. */
  const refundsButton = (order) => {
    const sum = money(order.refunded.done, order.currency);
    const button = el('button', { type: 'button', className: 'quiet', textContent: sum,
      onclick: () => onRefunds(order.id) });
    button.setAttribute('aria-label', `${sum}: the refunds of the order ${order.id}`);
    return button;
  };

  const showLedger = (panel) => {
    const holds = el('input', { type: 'checkbox', name: 'holds' });
    const look = () => list(places.ledger, () => pages(api.get,
      `/billing/wallets/${id}/ledger${holds.checked ? '?include=holds' : ''}`), {
      name: `ledger-${id}`, label: 'Ledger', nothing: 'The ledger has no entry.', columns: ledgerColumns,
    });
    holds.onchange = look;
    panel.append(el('label', { className: 'check' }, holds, el('span', {}, 'Also what was held and released')),
      places.ledger);
    look();
  };

  const showTalks = (panel) => {
    panel.append(places.talks);
    list(places.talks, () => pages(api.get, `/sessions?user_id=${id}`), {
      name: `talks-${id}`, label: 'Talks', nothing: 'No talk was begun.', columns: talkColumns,
    });
  };

  const node = tabs('Records of this user', [
    { name: 'orders', title: 'Orders', show: (panel) => { panel.append(places.orders); showOrders(); } },
    { name: 'ledger', title: 'Ledger', show: showLedger },
    { name: 'talks', title: 'Talks', show: showTalks },
  ], query.part, (name) => history.replaceState(null, '', address(`users/${id}`, { ...query, part: name })));
  return { node, showOrders };
}

/** Whoever never had an account has nothing. */
function noneOfNobody(error) {
  if (error.status !== 404) throw error;
  return { rows: [], more: null };
}

/** Each order with the sums of its refunds; null if they could not be read. */
async function withRefunds({ rows, more }) {
  const orders = await Promise.all(rows.map(async (order) => {
    if (!paid.has(order.status)) return { ...order, refunded: { done: 0, pending: 0, left: 0, number: 0 } };
    try {
      const { items } = await api.get(`/billing/orders/${order.id}/refunds`);
      const sum = (counts) => items.filter(counts).reduce((total, { amount }) => total + amount, 0);
      // A surplus is another payment of the same order, which goes back whole.
      const own = sum(({ status, origin }) => status !== 'failed' && origin !== 'surplus');
      return { ...order, refunded: {
        done: sum(({ status }) => status === 'processed'), left: order.amount - own, number: items.length,
        pending: sum(({ status }) => status === 'requested' || status === 'pending'),
      } };
    } catch { return { ...order, refunded: null }; }
  }));
  return { rows: orders, more: more && (async () => withRefunds(await more())) };
}

// The talk time of an order from before the upgrade is in the opening balance.
const isRefundable = ({ status, legacy, refunded }) => paid.has(status) && !legacy && (!refunded || refunded.left > 0);

const change = (milliseconds) => `${milliseconds > 0 ? '+' : ''}${talkTime(milliseconds)}`;
const ledgerColumns = [
  { head: 'When', of: (line) => line.created_at, show: (line) => time(line.created_at) },
  { head: 'Kind', of: (line) => named(line.kind) },
  { head: 'Change', isNumber: true, of: (line) => line.amount_ms, show: (line) => change(line.amount_ms) },
  { head: 'Balance', isNumber: true, of: (line) => line.balance_after_ms,
    show: (line) => talkTime(line.balance_after_ms) },
  { head: 'Owed', isNumber: true, of: (line) => line.owed_change_ms,
    show: (line) => (line.owed_change_ms ? change(line.owed_change_ms) : null) },
  { head: 'Reference', of: (line) => line.reference, show: ({ reference }) =>
    el('span', { className: 'code', textContent: reference }) },
];

const talkColumns = [
  { head: 'Talk', of: (talk) => talk.id, show: (talk) => el('a', { href: `#talks/${talk.id}`,
    className: 'code whole', textContent: talk.id }) },
  { head: 'Began', of: (talk) => talk.created_at ?? null, show: (talk) => time(talk.created_at) },
  { head: 'State', of: (talk) => (talk.state === 'ended' && !talk.settled ? 'ended, not settled' : talk.state) },
  // Words such as "You hung up" are for the user.
  { head: 'End', of: (talk) => (talk.end_reason ? named(talk.end_reason) : null) },
  { head: 'Charged', isNumber: true, of: (talk) => talk.charged_ms, show: (talk) => talkTime(talk.charged_ms) },
  { head: 'Given back', isNumber: true, of: (talk) => talk.adjustment_ms ?? null,
    show: (talk) => (talk.adjustment_ms ? talkTime(talk.adjustment_ms) : null) },
  { head: 'Cost in the end', isNumber: true, of: (talk) => talk.final_charge_ms ?? null,
    show: (talk) => (talk.final_charge_ms === undefined ? null : talkTime(talk.final_charge_ms)) },
];
