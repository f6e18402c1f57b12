// The landing's parts that come from the server: the prices, and what the installation asks for.
import * as api from '../both/api.js';
import { byId, el } from '../both/dom.js';
import { money } from '../both/format.js';
import { rate, taxNote } from './prices.js';

/** @param settings a promise of the installation's settings */
export async function showLanding(settings) {
  showPrices(settings);
  const { consent_version: version } = await settings;
  const consent = byId('data-consent');
  if (version && consent) consent.textContent = 'You are asked whether you agree before your first talk.';
}

async function showPrices(settings) {
  const place = byId('prices');
  tell(place, 'Loading the prices…');
  try {
    const [{ items }, { seller_gstin: gstin }] = await Promise.all([api.get('/billing/packs'), settings]);
    if (!items.length) {
      tell(place, 'No minutes are on sale just now.');
      return;
    }
    place.replaceChildren(el('ul', {}, ...items.map(price)));
    const least = items.toSorted((one, other) => one.amount / one.talktime_ms - other.amount / other.talktime_ms)[0];
    if (byId('from-price')) byId('from-price').textContent = `From ${rate(least)}`;
    // An installation whose settings did not come says nothing of the tax, rather than something wrong.
    const words = gstin === undefined ? '' : taxNote(items, Boolean(gstin)) || 'No GST is charged. ';
    const tax = place.parentElement.querySelector('#prices-tax');
    tax.textContent = `${words}You pay for a pack once; there is no subscription.`;
  } catch {
    const again = el('button', { type: 'button', textContent: 'Try again', onclick: () => showPrices(settings) });
    addEventListener('online', () => { if (again.isConnected) showPrices(settings); }, { once: true });
    tell(place, navigator.onLine ? 'The prices cannot be shown just now.'
      : 'There is no connection, so the prices cannot be shown.', again);
  }
}

function tell(place, words, ...more) {
  place.replaceChildren(el('p', { className: 'hint', textContent: words }), ...more);
}

const price = (pack) => el('li', {},
  el('span', { textContent: pack.name }),
  el('strong', { textContent: money(pack.amount, pack.currency) }),
  el('span', { className: 'hint', textContent: rate(pack) }));
