// What a pack's price says: a minute's price, and whether the tax is in it.
import { money } from '../both/format.js';

/** The price of a minute, to the paisa. */
export function rate({ amount, currency, talktime_ms: time }) {
  return `${money(Math.round((amount * 60_000) / time), currency)} a minute`;
}

/** Only a registered seller's prices include the tax; whoever is not charges none. */
export function taxNote(packs, isRegistered) {
  const rates = [...new Set(packs.map(({ tax_rate: tax }) => Number(tax)))];
  if (!isRegistered || !rates.some((tax) => tax > 0)) return '';
  return rates.length === 1 ? `Prices include ${rates[0]}% GST. ` : 'Prices include GST. ';
}
