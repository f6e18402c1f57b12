// The minutes talked, by day or by week, in the calendar of this device.
import { columnChart } from '../both/chart.js';
import { clock } from '../both/format.js';
import { locale, words } from '../both/words.js';
import { cost } from './talk-cost.js';

const MINUTE = 60_000;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((minutes) => minutes * MINUTE);
const [DAYS, WEEKS] = [30, 12];

const dayOf = (time) => {
  const day = new Date(time);
  day.setHours(0, 0, 0, 0);
  return day;
};
const dayAfter = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);

/** The first day of a day's week, by the customs of the reader. */
function weekOf(day) {
  const locale = new Intl.Locale(navigator.language);
  const { firstDay = 1 } = locale.getWeekInfo?.() ?? locale.weekInfo ?? {};
  return dayAfter(day, -((day.getDay() - firstDay + 7) % 7));
}

/** The days of a month, or the newest ones; `until` is the first day after them. */
export function spanOf(month, unit, now = Date.now()) {
  if (month) {
    const [year, number] = month.split('-').map(Number);
    return { from: new Date(year, number - 1, 1), until: new Date(year, number, 1) };
  }
  const today = dayOf(now);
  const from = unit === 'week' ? dayAfter(weekOf(today), -7 * (WEEKS - 1)) : dayAfter(today, 1 - DAYS);
  return { from, until: dayAfter(today, 1) };
}

const format = (options) => new Intl.DateTimeFormat(locale(), options);

/** The bars between two days. A week that reaches out of them counts with its days between them. */
export function bucketsOf(talks, { from, until }, unit) {
  const short = format({ day: 'numeric', month: 'short' });
  const long = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  const buckets = [];
  for (let day = from; day < until;) {
    const next = unit === 'week' ? dayAfter(weekOf(day), 7) : dayAfter(day, 1);
    const end = next < until ? next : until;
    const name = unit === 'week' ? short.formatRange(day, dayAfter(end, -1)) : long.format(day);
    buckets.push({ day, end, name, label: short.format(day), value: 0 });
    day = end;
  }
  for (const talk of talks) {
    const began = new Date(talk.created_at);
    const bucket = buckets.find(({ day, end }) => began >= day && began < end);
    if (bucket) bucket.value += cost(talk);
  }
  // What was given back may be more than what was talked on the day.
  return buckets.map((bucket) => ({ ...bucket, value: Math.max(0, bucket.value), text: clock(Math.max(0, bucket.value)) }));
}

const mostOf = ({ text, name }, unit) =>
  words(unit === 'week' ? 'chart.mostWeek' : 'chart.mostDay', { text, name });

/** @param talks those that are over, of the span at least */
export function minutesChart(talks, span, unit) {
  const bars = bucketsOf(talks, span, unit);
  const most = bars.reduce((best, bar) => (bar.value > best.value ? bar : best));
  const days = format({ day: 'numeric', month: 'long', year: 'numeric' }).formatRange(span.from, dayAfter(span.until, -1));
  const sum = clock(bars.reduce((total, { value }) => total + value, 0));
  return columnChart({
    title: words(unit === 'week' ? 'chart.byWeek' : 'chart.byDay'),
    summary: most.value ? words('chart.sum', { days, sum, most: mostOf(most, unit) }) : words('chart.none', { days }),
    heads: [words(unit === 'week' ? 'chart.week' : 'chart.day'), words('table.talked')], bars, steps, format: (value) => clock(value),
    rest: words(unit === 'week' ? 'chart.restWeek' : 'chart.restDay'),
  });
}
