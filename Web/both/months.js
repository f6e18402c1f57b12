// Months as `2026-11`, which is how the server names them too.
import { locale } from './words.js';

/** Where the months of a statement are those of the calendar. */
export const INDIA = 'Asia/Kolkata';

/** The month of a moment. Without a time zone, that of this device. */
export function monthOf(time, timeZone) {
  const parts = new Intl.DateTimeFormat('en', { calendar: 'gregory', numberingSystem: 'latn', year: 'numeric', month: '2-digit', timeZone })
    .formatToParts(new Date(time));
  const part = (type) => parts.find((found) => found.type === type).value;
  return `${part('year')}-${part('month')}`;
}

/** The month that lies so many after another; before it, if negative. */
export function monthAfter(month, count = 1) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7);
}

/** All months from one to another, the newest first. */
export function monthsBetween(first, last) {
  const months = [];
  for (let month = last; month >= first; month = monthAfter(month, -1)) months.push(month);
  return months.length ? months : [last];
}

/** Such as `November 2026`. */
export const monthName = (month) =>
  new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${month}-15T00:00:00Z`));
