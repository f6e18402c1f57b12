import { hasWords, language, locale, words, wordsOr } from './words.js';

export function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Formats an amount in the smallest unit of the currency, with the currency's decimals; whole rupees have none. */
export function money(amount, currency) {
  // The grouping of India, whatever kind of English is read.
  const place = language === 'en' ? 'en-IN' : locale();
  const style = { style: 'currency', currency };
  const decimals = new Intl.NumberFormat(place, style).resolvedOptions().maximumFractionDigits;
  const unit = 10 ** decimals;
  return new Intl.NumberFormat(place, { ...style, minimumFractionDigits: amount % unit ? decimals : 0 }).format(amount / unit);
}

export const when = (time) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));

/** How a talk has ended: by the server's codes, and those of what the page itself has seen. */
export const endReason = (code) => words(hasWords(`end.${code}`) ? `end.${code}` : 'end.unknown');

/** The price of a minute, to the paisa. */
export function rate({ amount, currency, talktime_ms: time }) {
  return words('prices.minute', { price: money(Math.round((amount * 60_000) / time), currency) });
}

/** A pack's name is the seller's own. A language may have its own word for it. */
export const packName = ({ name }) => wordsOr(`pack.${name}`, name);

/** Only a registered seller's prices include the tax; whoever is not charges none. */
export function taxNote(packs, isRegistered) {
  const rates = [...new Set(packs.map(({ tax_rate: tax }) => Number(tax)))];
  if (!isRegistered || !rates.some((tax) => tax > 0)) return '';
  return rates.length === 1 ? words('prices.tax', { rate: rates[0] }) : words('prices.taxes');
}
