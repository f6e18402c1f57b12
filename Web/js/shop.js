// Packs and payment. The page only passes Razorpay's response to the server, which asks Razorpay itself.
import * as api from './api.js';
import { alarm, byId, el, load, notice } from './dom.js';
import { money } from './format.js';
import { whilePaying } from './overlay.js';
import { states } from './states.js';

let checkout = null;
/** The pack that is being bought, and what is done for it; null in between. */
let purchase = null;
/** The last order whose answer has not arrived: sent again, it is the same order. */
let unanswered = null;
let asksForState = false;
const buyerFields = ['state', 'gstin', 'name', 'address'];

export async function showPacks(user, settings, onPaid) {
  const [{ items }, buyer] = await Promise.all([api.get('/billing/packs'), api.get('/billing/buyer')]);
  showBuyer(buyer);
  purchase = null;
  byId('packs').replaceChildren(...items.map((pack) => el('li', {}, packButton(pack, () => buy(pack, user, settings, onPaid)))));
}

function packButton(pack, onclick) {
  const button = el('button', { type: 'button', onclick },
    el('span', {}, el('span', { className: 'visually-hidden', textContent: 'Buy ' }), pack.name),
    el('span', { className: 'price', textContent: money(pack.amount, pack.currency) }),
    el('span', { className: 'doing', role: 'status' }));
  button.dataset.pack = pack.id;
  return button;
}

/** Says on the pack's button what is done, and lets nobody buy another meanwhile. Null: nothing is done. */
function doing(pack, words) {
  purchase = pack && { pack, words };
  for (const button of byId('packs')?.querySelectorAll('button') ?? []) {
    const isPressed = button.dataset.pack === purchase?.pack.id;
    button.disabled = Boolean(purchase);
    button.querySelector('.doing').textContent = isPressed ? words : '';
    button.querySelector('.price').hidden = isPressed;
  }
}

/** Fills in the buyer's details of the last order, which the next order starts from. */
function showBuyer(buyer) {
  asksForState = buyer.asks_for_state;
  byId('invoice-state').replaceChildren(
    el('option', { value: '', textContent: 'Choose your state' }),
    ...states.map(([code, name]) => el('option', { value: code, textContent: name })));
  for (const name of buyerFields) byId(`invoice-${name}`).value = buyer[name] || '';
  byId('invoice-gstin').closest('details').open = Boolean(buyer.gstin);
}

async function buy(pack, user, settings, onPaid) {
  if (purchase) return;
  const fields = invoiceFields();
  if (asksForState && !fields.state && !fields.gstin) {
    byId('invoice-state').focus();
    alarm('Choose your state first: the invoice names it.');
    return;
  }
  doing(pack, 'Making your order…');
  try {
    checkout ??= load(settings.razorpay_checkout_url || 'https://checkout.razorpay.com/v1/checkout.js');
    await checkout;
    const order = await place({ pack_id: pack.id, ...fields });
    doing(pack, 'The payment page is open');
    const payment = await whilePaying(() => pay(order, pack, user));
    if (payment) doing(pack, 'Confirming your payment…');
    if (payment) await confirm(payment, onPaid);
  } catch (error) {
    checkout = window.Razorpay ? checkout : null;
    alarm(error instanceof api.APIError ? error.message : 'The payment page could not be opened. Nothing was charged.');
  } finally {
    doing(null);
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

/** The details of a tax invoice; empty fields are left out. A GSTIN contains the state and the registered name. */
function invoiceFields() {
  const given = Object.fromEntries(buyerFields.map((name) => [name, byId(`invoice-${name}`).value.trim()]));
  const wanted = given.gstin ? ['gstin', 'name', 'address'] : ['state'];
  return Object.fromEntries(wanted.filter((name) => given[name]).map((name) => [name, given[name]]));
}

/** Razorpay's response, or null if the user closed the payment page. */
function pay(order, pack, user) {
  return new Promise((resolve) => {
    new window.Razorpay({
      key: order.key_id, amount: order.amount, currency: order.currency, order_id: order.razorpay_order_id,
      name: 'Talktime', description: pack.name, prefill: { email: user.email, name: user.name || '' },
      handler: resolve, modal: { ondismiss: () => resolve(null) },
    }).open();
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function confirm(payment, onPaid) {
  const body = {
    razorpay_order_id: payment.razorpay_order_id, razorpay_payment_id: payment.razorpay_payment_id,
    razorpay_signature: payment.razorpay_signature,
  };
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const answer = await api.post('/billing/payments/verify', body);
    if (answer.status === 'captured') {
      notice('Thank you. Your minutes are here.');
      return onPaid();
    }
    if (answer.status === 'refunded') {
      notice('This payment brings no minutes: its order was paid already or could no longer be paid. The money is on its way back.');
      return;
    }
    if (answer.status === 'failed') {
      alarm('The payment did not go through. You can try again.');
      return;
    }
    await pause(2000);
  }
  notice('Your payment is on its way. The minutes appear as soon as it arrives.');
}
