// The landing's parts that come from the server: the prices, and what the installation asks for.
import * as api from '../both/api.js';
import { byId, el } from '../both/dom.js';
import { money, packName, rate, taxNote } from '../both/format.js';
import { words } from '../both/words.js';

/** @param settings a promise of the installation's settings */
export async function showLanding(settings) {
  showPrices(settings);
  const { consent_version: version } = await settings;
  const consent = byId('data-consent');
  if (version && consent) consent.textContent = words('landing.consent');
}

async function showPrices(settings) {
  const place = byId('prices');
  tell(place, words('landing.loading'));
  try {
    const [{ items }, { seller_gstin: gstin }] = await Promise.all([api.get('/billing/packs'), settings]);
    if (!items.length) {
      tell(place, words('landing.noPacks'));
      return;
    }
    place.replaceChildren(el('ul', {}, ...items.map(price)));
    const least = items.toSorted((one, other) => one.amount / one.talktime_ms - other.amount / other.talktime_ms)[0];
    if (byId('from-price')) byId('from-price').textContent = words('landing.from', { rate: rate(least) });
    // An installation whose settings did not come says nothing of the tax, rather than something wrong.
    const taxed = gstin === undefined ? '' : taxNote(items, Boolean(gstin)) || words('prices.noTax');
    const tax = place.parentElement.querySelector('#prices-tax');
    tax.textContent = [taxed, words('landing.once')].filter(Boolean).join(' ');
  } catch {
    const again = el('button', { type: 'button', textContent: words('common.tryAgain'), onclick: () => showPrices(settings) });
    addEventListener('online', () => { if (again.isConnected) showPrices(settings); }, { once: true });
    tell(place, words(navigator.onLine ? 'landing.noPrices' : 'landing.offline'), again);
  }
}

function tell(place, text, ...more) {
  place.replaceChildren(el('p', { className: 'hint', textContent: text }), ...more);
}

const price = (pack) => el('li', {},
  el('span', { textContent: packName(pack) }),
  el('strong', { textContent: money(pack.amount, pack.currency) }),
  el('span', { className: 'hint', textContent: rate(pack) }));
