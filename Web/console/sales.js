// What was sold, talked and given back, by day in Indian time.
import * as api from '../both/api.js';
import { columnChart } from '../both/chart.js';
import { el } from '../both/dom.js';
import { money } from '../both/format.js';
import { repaint } from '../both/places.js';
import { count, talkTime } from './format.js';
import { follow, staleNote } from './up-to-date.js';

// The ledger is read for it since the first day: it is not looked at often.
const SELDOM_MS = 300_000;
const spans = [7, 30, 90];
const MINUTE = 60_000;

const round = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric',
  timeZone: 'UTC' });
const dateOf = ({ day }) => new Date(`${day}T00:00:00Z`);

const compact = (currency) => new Intl.NumberFormat('en', { style: 'currency', currency, notation: 'compact' });
/** At a line there is little room. */
const priceAtLine = (currency) => (paise) =>
  (paise < 10_000_000 ? money(paise, currency) : compact(currency).format(paise / 100));

/** One chart: `of` gives the value of a day, `write` its text, `more` what the summary says besides. */
function chart({ title, head, days, of, write, atLine, unit, rest, more = '' }) {
  const bars = days.map((day) => ({ name: long.format(dateOf(day)), label: short.format(dateOf(day)), value: of(day),
    text: write(of(day)) }));
  const sum = bars.reduce((total, { value }) => total + value, 0);
  const most = bars.reduce((best, bar) => (bar.value > best.value ? bar : best));
  const span = short.formatRange(dateOf(days[0]), dateOf(days.at(-1)));
  const summary = sum ? `${span}: ${write(sum)} in all${more}. The most was ${write(most.value)} on ${most.name}.`
    : `${span}: none.`;
  return columnChart({ title, summary, heads: ['Day', head], bars, format: atLine, rest,
    steps: round.map((step) => step * unit) });
}

const sumOf = (days, of) => days.reduce((total, day) => total + of(day), 0);
const amount = (currency, member) => ({ money: found }) =>
  found.find((each) => each.currency === currency)?.[member] ?? 0;

function charts({ days }) {
  const currencies = [...new Set(days.flatMap(({ money: found }) => found.map(({ currency }) => currency)))].sort();
  if (!currencies.length) currencies.push('INR');
  const of = (currency) => (currencies.length > 1 ? ` in ${currency}` : '');
  const prices = (title, member, rest, more) => currencies.map((currency) => chart({
    title: `${title}${of(currency)}`, head: title, days, of: amount(currency, member),
    write: (paise) => money(paise, currency), atLine: priceAtLine(currency), unit: 100, rest, more,
  }));
  const minutes = (title, member, rest) => chart({
    title, head: 'Talk time', days, of: (day) => day[member], write: talkTime,
    atLine: (milliseconds) => count(milliseconds / MINUTE), unit: MINUTE, rest,
  });
  return [
    ...prices('Revenue', 'paid', 'On the other days nothing was sold.',
      `, paid orders: ${count(sumOf(days, ({ orders }) => orders))}`),
    ...prices('Refunds', 'refunded', 'On the other days nothing was refunded.',
      `, refunds: ${count(sumOf(days, ({ refunds }) => refunds))}`),
    minutes('Minutes sold', 'sold_ms', 'On the other days no minutes were sold.'),
    minutes('Minutes talked', 'burned_ms', 'On the other days no talk was charged.'),
  ];
}

/** With many entries of the ledger there may be no answer in time. */
async function figures(days) {
  try {
    return await api.get(`/billing/figures?days=${days}`);
  } catch (error) {
    if (error.status === 503 && days > spans[0]) {
      error.problem.detail = 'Billing could not answer. For fewer days it may be able to.';
    }
    throw error;
  }
}

/** The card with the charts, and the choice of how many days they show. */
export function salesCard(signal) {
  const heading = el('h2', { id: 'card-sales', tabIndex: -1, textContent: 'Sales by day' });
  const choice = el('select', { name: 'days' }, ...spans.map((days) =>
    el('option', { value: days, textContent: `${days} days` })));
  choice.value = '30';
  const [place, note] = [el('div', {}), staleNote()];
  const node = el('section', { className: 'card sales' }, el('div', { className: 'head' }, heading,
    el('label', {}, 'The last', choice)), place, note, el('p', { className: 'hint below',
    textContent: 'Days are those of India. Revenue is the prices of paid orders; refunds are those that were done. '
      + 'A talk counts on the day when it was settled, without later adjustments.' }));
  node.setAttribute('aria-labelledby', heading.id);

  let leaving = new AbortController();
  signal.addEventListener('abort', () => leaving.abort());
  const look = () => {
    leaving.abort();
    leaving = new AbortController();
    let shown = null;
    const paint = (found) => {
      shown = JSON.stringify(found);
      return el('div', { className: 'grid charts' }, ...charts(found));
    };
    follow(place, note, {
      load: () => figures(Number(choice.value)), paint,
      // An open table stays open while nothing has changed.
      update: (found) => { if (JSON.stringify(found) !== shown) repaint(place, paint(found)); },
    }, SELDOM_MS, leaving.signal);
  };
  choice.onchange = look;
  look();
  return node;
}
