// What a tab remembers of payments over a reload: Checkout's answers, and the orders for which another was chosen. It is
// kept for one user, and no longer than the tab.
const PLACE = 'talktime-payments';
let kept = empty(null);

function empty(user) { return { user, payments: {}, letGo: [] }; }

export function openKept(user) {
  kept = empty(user);
  try {
    const stored = JSON.parse(sessionStorage.getItem(PLACE));
    if (stored?.user === user) kept = stored;
  } catch { /* Without a store nothing is remembered. */ }
}

function store() {
  try { sessionStorage.setItem(PLACE, JSON.stringify(kept)); } catch { /* As above. */ }
}

export const keptPayments = () => kept.payments;
export const isLetGo = (order) => kept.letGo.includes(order);

export function keepPayment(order, payment) {
  kept.payments[order] = payment;
  store();
}

export function forgetPayment(order) {
  delete kept.payments[order];
  store();
}

export function letGo(order) {
  kept.letGo = [...kept.letGo, order].slice(-20);
  store();
}

document.addEventListener('user-left', () => {
  kept = empty(null);
  try { sessionStorage.removeItem(PLACE); } catch { /* As above. */ }
});
