// Packs and payment. The page only passes Razorpay's response to the server, which asks Razorpay itself.
import * as api from '../both/api.js';
import { alarm, byId, el, load } from '../both/dom.js';
import { money, packName, rate, taxNote } from '../both/format.js';
import { words } from '../both/words.js';
import { forgetTyped, readBuyer, showBuyer, showRefusal } from './invoice.js';
import { whilePaying } from './overlay.js';
import { attendPayments, follow, isUndecided, pauseFollowing } from './payments.js';

export { taxNote };

let script = null;
/** The pack that is being bought, and what is done for it; null in between. */
let purchase = null;
/** The last order whose answer has not arrived: sent again, it is the same order. */
let unanswered = null;
let onOffer = [];
document.addEventListener('user-left', () => { unanswered = null; });

/** The packs, each with its `id`, `name`, `price`, and `buy()`. `packs-changed` is emitted at the document. */
export const offers = () => onOffer;
/** Whether no other purchase is under way. */
export const canBuy = () => !purchase && !isUndecided();

export async function showPacks(user, settings, onPaid) {
  attendPayments(user, { onPaid, onChange: paint, payAgain: (order) => payAgain(order, user, settings) });
  const [{ items }, buyer] = await Promise.all([api.get('/billing/packs'), api.get('/billing/buyer')]);
  showBuyer(buyer, user);
  purchase = null;
  onOffer = items.map((pack) => ({
    id: pack.id, name: packName(pack), price: money(pack.amount, pack.currency), buy: () => buy(pack, user, settings),
  }));
  const note = taxNote(items, buyer.asks_for_state);
  byId('tax-note').textContent = note && `${note} `;
  byId('packs').replaceChildren(...items.map((pack) => el('li', {}, packButton(pack, () => buy(pack, user, settings)))));
  paint();
}

function packButton(pack, onclick) {
  const button = el('button', { type: 'button', onclick },
    el('span', {}, el('span', { className: 'visually-hidden', textContent: `${words('shop.buy')} ` }), packName(pack)),
    el('span', { className: 'price', textContent: money(pack.amount, pack.currency) }),
    el('span', { className: 'doing' }),
    el('span', { className: 'rate hint', textContent: rate(pack) }));
  button.dataset.pack = pack.id;
  return button;
}

/** Without minutes the packs come first, since nothing else can be done; in the document too, for those who hear it. */
export function putPacksFirst(isFirst) {
  const [talk, packs] = [byId('talk-card'), byId('packs').closest('section')];
  const columns = talk.parentElement;
  columns.classList.toggle('empty', isFirst);
  if (columns.firstElementChild === (isFirst ? packs : talk)) return;
  // What is moved would lose the focus.
  const moved = packs.contains(document.activeElement) ? talk : packs;
  if (isFirst === (moved === packs)) columns.prepend(moved); else columns.append(moved);
}

/** Says on the pack's button what is done, and lets nobody buy another meanwhile. Null: nothing is done. */
function doing(packID, text) {
  purchase = packID && { packID, text };
  paint();
}

/** No second order is made while one is open that may still be paid. */
function paint() {
  for (const button of byId('packs')?.querySelectorAll('button') ?? []) {
    const isPressed = button.dataset.pack === purchase?.packID;
    button.disabled = Boolean(purchase) || isUndecided();
    button.querySelector('.doing').textContent = isPressed ? purchase.text : '';
    button.querySelector('.price').hidden = isPressed;
  }
  if (byId('pay-order')) byId('pay-order').disabled = Boolean(purchase);
  document.dispatchEvent(new Event('packs-changed'));
}

const UNOPENED = 'shop.unopened';
const refusals = {
  too_many_open_orders: 'shop.tooManyOpen',
  rate_limited: 'shop.tooMany',
};

function told(error) {
  if (refusals[error.code]) return words(refusals[error.code]);
  return error instanceof api.APIError ? error.message : words(UNOPENED);
}

async function buy(pack, user, settings) {
  if (purchase || isUndecided()) return;
  const buyer = readBuyer();
  if (!buyer) return;
  doing(pack.id, words('shop.making'));
  try {
    await loadCheckout(settings);
    const order = await place({ pack_id: pack.id, ...buyer });
    forgetTyped();
    await payFor(order, packName(pack), user);
  } catch (error) {
    // What has a field is told beside it.
    if (!showRefusal(error)) alarm(told(error));
  } finally {
    doing(null);
    keepFocus(pack.id);
  }
}

/** A button that was disabled, and a payment page that was closed, leave the focus nowhere. */
function keepFocus(packID) {
  const place = byId('payment');
  if (!place || document.activeElement !== document.body) return;
  (place.hidden ? byId('packs').querySelector(`[data-pack="${packID}"]`) : place)?.focus();
}

/** Opens the checkout of an order that is there, instead of making another. */
async function payAgain(order, user, settings) {
  if (purchase) return;
  doing(order.pack_id, words('shop.opening'));
  try {
    await loadCheckout(settings);
    await payFor(order, words('shop.item'), user);
  } catch {
    alarm(words(UNOPENED));
  } finally {
    doing(null);
    keepFocus(order.pack_id);
  }
}

async function loadCheckout(settings) {
  script ??= load(settings.razorpay_checkout_url || 'https://checkout.razorpay.com/v1/checkout.js');
  try { await script; } catch (error) {
    script = null;
    throw error;
  }
}

/** Whatever the payment page says, the order is followed afterwards: it may be paid in another app. */
async function payFor(order, name, user) {
  // Who has signed out meanwhile is asked for no money.
  if (!byId('payment')) return;
  let result = {};
  try {
    result = await whilePaying(() => {
      doing(order.pack_id, words('shop.open'));
      pauseFollowing(order);
      return pay(order, name, user);
    });
  } finally {
    follow(order, result);
  }
}

/** An order whose answer was lost is asked for under the same key, so that a second click makes no second one. */
async function place(body) {
  const text = JSON.stringify(body);
  if (unanswered?.text !== text) unanswered = { text, key: api.newKey() };
  try {
    const order = await api.post('/billing/orders', body, { 'Idempotency-Key': unanswered.key });
    unanswered = null;
    return order;
  } catch (error) {
    // The server keeps a refusal for its key.
    if (error instanceof api.APIError && isFinal(error)) unanswered = null;
    throw error;
  }
}

const isFinal = ({ status, code }) => status < 500 && status !== 401 && status !== 429 && code !== 'idempotency_in_flight';

/** The payment that Razorpay responds with, or none if the user closed the payment page; then the last failure. */
function pay(order, name, user) {
  return new Promise((resolve) => {
    let failure = null;
    const checkout = new window.Razorpay({
      key: order.key_id, amount: order.amount, currency: order.currency, order_id: order.razorpay_order_id,
      name: 'Talktime', description: name, prefill: { email: user.email, name: user.name || '' },
      handler: ({ razorpay_order_id, razorpay_payment_id, razorpay_signature }) =>
        resolve({ payment: { razorpay_order_id, razorpay_payment_id, razorpay_signature } }),
      modal: { ondismiss: () => resolve({ failure }) },
    });
    // The page stays open after it, for another attempt.
    checkout.on('payment.failed', ({ error }) => { failure = error ?? {}; });
    checkout.open();
  });
}
