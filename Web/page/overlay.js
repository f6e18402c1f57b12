// What lies over the page, one thing at a time: a dialog makes everything below it unusable, the checkout too.
import { byId } from '../both/dom.js';

let isOpen = false;

/** Whether the checkout is open. */
export const isPaying = () => isOpen;

/** Runs `body` with the checkout over the page: a plan is closed for it, and a dialog that asks something comes first. */
export async function whilePaying(body) {
  const plan = byId('plan');
  if (plan?.open) plan.close();
  await whenAlone();
  isOpen = true;
  try { return await body(); } finally {
    isOpen = false;
    document.dispatchEvent(new Event('checkout-closed'));
  }
}

/** Waits until no dialog is open. */
export async function whenAlone() {
  for (let dialog; (dialog = document.querySelector('dialog[open]'));) await closed(dialog);
}

/** Runs `body` when the checkout is closed: at once where it is. */
export function afterCheckout(body) {
  if (isOpen) document.addEventListener('checkout-closed', body, { once: true }); else body();
}

const closed = (dialog) => new Promise((resolve) => { dialog.addEventListener('close', resolve, { once: true }); });
