// More minutes without leaving the talk: one warning at a time when little is left, with the packs to buy.
import { byId, el } from '../both/dom.js';
import { words } from '../both/words.js';
import { isUndecided } from './payments.js';
import { canBuy, offers } from './shop.js';

/** What is shown: the server's warning, or `asked` if the user wants it; null: nothing. */
let shown = null;
/** The last warning of the server, so that one that was closed does not come again by itself. */
let warned = null;
/** Whether the purchase that is under way was begun here. */
let isBuying = false;

export function heardWarning(warning = null) {
  if (warning === warned) return;
  warned = warning;
  if (warning) show(warning);
  else hideTopUp();
}

/** The user wants to add minutes now. */
export const askToTopUp = () => {
  if (shown) hideTopUp();
  else {
    show('asked');
    byId('top-up-packs').querySelector('button')?.focus();
  }
};

/** The talk is over, or minutes were added. */
export function hideTopUp() {
  shown = null;
  paint();
}

export function forgetWarnings() {
  warned = null;
  hideTopUp();
}

function show(what) {
  shown = what;
  paint();
}

document.addEventListener('packs-changed', paint);

function paint() {
  const place = byId('top-up');
  if (!place) return;
  const packs = byId('top-up-packs');
  const hadFocus = packs.contains(document.activeElement);
  place.dataset.shown = shown ?? '';
  const text = shown ? words(`topUp.${shown}`) : '';
  // What stays is not read out again.
  if (byId('top-up-text').textContent !== text) byId('top-up-text').textContent = text;
  byId('add-time').setAttribute('aria-expanded', String(Boolean(shown)));
  packs.replaceChildren(...(shown ? buttons() : []));
  if (canBuy() || isUndecided()) returnFocus(hadFocus);
}

/** Neither a warning that goes nor a payment page that closes leaves the focus nowhere, or beside another purchase. */
function returnFocus(hadFocus) {
  if (document.activeElement !== document.body || !(hadFocus || isBuying)) return;
  isBuying = false;
  (byId('top-up-packs').querySelector('button:enabled') ?? byId('talk-title')).focus({ preventScroll: true });
}

function buttons() {
  const close = el('button', { type: 'button', className: 'quiet', textContent: words('common.notNow'), onclick: hideTopUp });
  if (isUndecided()) {
    return [
      el('p', { textContent: words('topUp.undecided') }),
      el('button', { type: 'button', textContent: words('topUp.show'), onclick: () => byId('payment').focus() }), close,
    ];
  }
  return [...offers().map(packButton), close];
}

function packButton({ id, name, price, buy }) {
  const onclick = () => {
    isBuying = true;
    buy();
  };
  const button = el('button', { type: 'button', disabled: !canBuy(), onclick },
    el('span', { className: 'visually-hidden', textContent: `${words('shop.buy')} ` }), `${name} `,
    el('span', { className: 'price', textContent: price }));
  button.dataset.topUp = id;
  return button;
}
