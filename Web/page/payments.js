// Orders whose payment is not decided: each is followed until the server knows what became of it, also after a reload.
import * as api from '../both/api.js';
import { byId, notice } from '../both/dom.js';
import { clock, money } from '../both/format.js';
import { hasWords, words } from '../both/words.js';
import { forgetPayment, isLetGo, keepPayment, keptPayments, letGo, openKept } from './payment-memory.js';

const FIRST_MS = 1_500;
const LONGEST_MS = 30_000;
/** How long an order is followed. Minutes that come later are there at the next visit. */
const PATIENCE_MS = 20 * 60_000;
/** After a reload an unpaid order counts as open for this long: most of them were given up, and nobody pays any more. */
const RECENT_MS = 30 * 60_000;

/** Those that are followed, by their orders' ids; the last one is shown. */
const followed = new Map();
/** @type {Record<string, (order?: any) => void>} */
let page = { onPaid: () => {}, onChange: () => {}, payAgain: () => {} };

/** @param given what the page does: `onPaid`, `onChange` when packs can or cannot be bought, and `payAgain(order)` */
export function attendPayments(user, given) {
  stopAll();
  page = given;
  openKept(user.id);
  byId('pay-order').onclick = () => page.payAgain(shown().order);
  byId('look-again').onclick = () => follow(shown().order);
  byId('other-pack').onclick = () => {
    const { order } = shown();
    followed.get(order.id).isShown = false;
    letGo(order.id);
    paint();
    byId('packs').querySelector('button')?.focus();
  };
}

document.addEventListener('user-left', stopAll);

function stopAll() {
  for (const one of followed.values()) one.isOver = true;
  followed.clear();
  paint();
}

/** Whether an order is open of which nobody knows yet whether it is paid, and for which the user has not chosen another. */
export const isUndecided = () => Boolean(shown() && !shown().isOver);

const shown = () => [...followed.values()].findLast(({ isShown }) => isShown);

/** Follows the orders of the server's list that are still open. */
export function followOpenOrders(orders) {
  const since = Date.now() - RECENT_MS;
  const isOpen = ({ id, status, created_at: at }) => keptPayments()[id] || status === 'authorized'
    || (['created', 'failed'].includes(status) && Date.parse(at) > since);
  const open = orders.filter((order) => order.razorpay_order_id && isOpen(order)).slice(0, 3);
  for (const order of open.reverse()) follow(order, { payment: keptPayments()[order.id], isShown: !isLetGo(order.id) });
}

/**
 * Follows an order until it is decided.
 * @param payment Checkout's answer, if there is one
 * @param failure Razorpay's error of the last attempt, if it failed
 */
export function follow(order, { payment = null, failure = null, isShown = true } = {}) {
  const before = followed.get(order.id);
  if (before) before.isOver = true;
  if (payment) keepPayment(order.id, payment);
  const one = { order, payment: payment ?? before?.payment ?? null, failure, isShown, isOver: false, stage: null };
  one.stage = one.payment ? 'confirming' : 'unpaid';
  followed.delete(order.id);
  followed.set(order.id, one);
  paint();
  run(one);
}

/** Stops following an order, as while its checkout is open. */
export function pauseFollowing(order) {
  const one = followed.get(order.id);
  if (one) one.isOver = true;
  followed.delete(order.id);
  paint();
}

async function run(one) {
  const begun = Date.now();
  for (let pause = FIRST_MS; !one.isOver; pause = Math.min(pause * 1.5, LONGEST_MS)) {
    let retryAfter = 0;
    try {
      const result = await ask(one);
      if (one.isOver) return;
      if (result.isDecided) return decide(one, result.stage);
      one.stage = result.stage;
    } catch (error) {
      // Who signs in next is told of the order by the server's list.
      if (one.isOver || api.isSessionOver(error) || error.name === 'AbortError') return;
      retryAfter = 1000 * (error.retryAfter ?? 0);
      one.stage = afterRefusal(one, error);
      if (one.isOver) return;
    }
    if (Date.now() - begun > PATIENCE_MS) {
      one.stage = isApproved(one) ? 'unconfirmed' : 'forgotten';
      one.isOver = true;
    }
    paint();
    if (!one.isOver) await wait(Math.max(pause, retryAfter), retryAfter > 0);
  }
}

async function ask({ order, payment }) {
  if (payment) {
    const { status } = await api.post('/billing/payments/verify', payment);
    return status === 'pending' ? { stage: 'confirming' } : { isDecided: true, stage: status };
  }
  const { status } = await api.get(`/billing/orders/${order.id}`);
  return byStatus[status] ?? { stage: 'unpaid' };
}

const byStatus = {
  authorized: { stage: 'authorized' },
  paid: { isDecided: true, stage: 'captured' },
  disputed: { isDecided: true, stage: 'changed' },
  partially_refunded: { isDecided: true, stage: 'changed' },
  refunded: { isDecided: true, stage: 'returned' },
  expired: { isDecided: true, stage: 'expired' },
};

/** Whether a payment was made, as far as anybody has said. */
const isApproved = ({ payment, stage }) => Boolean(payment) || stage === 'authorized' || stage.startsWith('confirming');

/** What is known of an order after a question that got no answer, or none about the payment. */
function afterRefusal(one, error) {
  if (error.code === 'payment_mismatch') return decide(one, 'mismatch');
  if (error.status === 404) return decide(one, 'gone');
  if (error.code === 'invalid_signature') {
    one.payment = null;
    forgetPayment(one.order.id);
    return 'unpaid';
  }
  const isOffline = !(error instanceof api.APIError);
  if (isApproved(one)) return isOffline ? 'confirmingOffline' : 'confirmingLater';
  return isOffline ? 'unseenOffline' : 'unseen';
}

function decide(one, stage) {
  one.isOver = true;
  one.stage = stage;
  forgetPayment(one.order.id);
  followed.delete(one.order.id);
  paint();
  if (ends[stage]) notice(words(ends[stage]));
  if (moves.has(stage)) page.onPaid();
  return stage;
}

const moves = new Set(['captured', 'changed', 'refunded', 'returned']);
const ends = {
  captured: 'payment.captured',
  refunded: 'payment.refunded',
  returned: 'payment.returned',
  failed: 'payment.failedEnd',
  mismatch: 'payment.mismatch',
  expired: 'payment.expired',
};

const unpaid = new Set(['unpaid', 'failed', 'forgotten']);

/** Razorpay's reasons why an attempt failed (`error.reason` in its documentation) that are said as another one is. */
const sameReason = {
  debit_declined: 'payment_declined', invalid_otp: 'incorrect_otp', payment_session_expired: 'payment_timed_out',
  issuer_technical_error: 'bank_technical_error',
};

/** What an attempt failed for, and what may help. Banks often tell no reason. */
function failureWords(reason) {
  const key = `failed.${sameReason[reason] ?? reason}`;
  return words(hasWords(key) ? key : 'failed.unknown');
}

function paint() {
  const place = byId('payment');
  if (!place) return;
  const one = shown();
  const hadFocus = place.contains(document.activeElement);
  place.hidden = !one;
  if (one) {
    const stage = one.stage === 'unpaid' && one.failure ? 'failed' : one.stage;
    const text = words(`payment.${stage}`, {
      time: clock(one.order.talktime_ms), price: money(one.order.amount, one.order.currency), why: failureWords(one.failure?.reason),
    });
    // Words that stay are not read out again.
    if (byId('payment-text').textContent !== text) byId('payment-text').textContent = text;
    byId('pay-order').hidden = !unpaid.has(one.stage);
    byId('look-again').hidden = !one.isOver;
  }
  page.onChange();
  if (hadFocus && place.hidden) byId('packs-title').focus();
}

/** Waits. A page that is seen again, or connected again, asks at once, unless the server has named the time. */
function wait(milliseconds, isNamed) {
  return new Promise((resolve) => {
    /** @type {[EventTarget, string][]} */
    const wakers = isNamed ? [] : [[document, 'visibilitychange'], [window, 'online'], [window, 'pageshow']];
    const timer = setTimeout(end, milliseconds);
    const wake = () => { if (document.visibilityState === 'visible') end(); };
    function end() {
      clearTimeout(timer);
      for (const [target, name] of wakers) target.removeEventListener(name, wake);
      resolve();
    }
    for (const [target, name] of wakers) target.addEventListener(name, wake);
  });
}
