// Figures and times as operators read them: exact, with seconds.
const number = new Intl.NumberFormat();
const rate = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, {
  month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit',
});
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const count = (value) => number.format(value);
export const decimal = (value) => rate.format(value);

/** A time with seconds, that is not broken; with the year if it is not the present one. */
export function time(at) {
  if (!at) return '–';
  const date = new Date(at);
  const format = date.getFullYear() === new Date().getFullYear() ? short : full;
  return format.format(date).replaceAll(' ', '\u00a0');
}

export const clockTime = (at) => hour.format(new Date(at));

/** @type {[string, number][]} */
const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000]];

/** A length of time in its largest unit, such as "3 min". */
export function age(milliseconds) {
  const [unit, size] = units.find(([, least]) => milliseconds >= least) ?? units.at(-1);
  /** @type {Intl.NumberFormatOptions} */
  const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 };
  const parts = milliseconds < 10_000 ? 10 : 1;
  return new Intl.NumberFormat(undefined, style).format(Math.floor(parts * milliseconds / size) / parts);
}

export const since = (at) => Math.max(0, Date.now() - Date.parse(at));

/** The name of a code for people: `second_factor_added` is "Second factor added". */
export const named = (code) => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** Talk time with its sign, to the millisecond: what an operator compares must add up. */
export function talkTime(milliseconds) {
  const [sign, rest] = [milliseconds < 0 ? '\u2212' : '', Math.abs(milliseconds)];
  const seconds = Math.floor(rest / 1000);
  const two = (value) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const thousandths = rest % 1000 ? `.${String(rest % 1000).padStart(3, '0')}` : '';
  return `${sign}${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}${thousandths}`;
}
