// The statement of a month: what was paid, given, talked and sent back, from the opening to the closing balance.
import * as api from '../both/api.js';
import { trouble, waiting } from '../both/conditions.js';
import { byId, el, table } from '../both/dom.js';
import { change, exact } from '../both/exact.js';
import { money } from '../both/format.js';
import { INDIA, monthName, monthOf, monthsBetween } from '../both/months.js';
import { hasWords, locale, wordNodes, words } from '../both/words.js';
import { noteButton, receiptButton } from './papers.js';

let owner = null;
/** What the place shows; an answer for an earlier month is dropped. */
let shown = null;

/**
 * Shows the month of an address.
 * @param page the `owner` of the wallet, and `go`, which leads to another address
 * @returns the title of the view
 */
export function showStatement(month, page) {
  owner = page.owner;
  const mine = { month, pages: [], cursor: null, reading: null, isPrinting: false };
  shown = mine;
  const title = words('statement.of', { month: monthName(month) });
  byId('statement-title').textContent = title;
  offerMonths(month, page.go);
  byId('print-statement').disabled = true;
  byId('statement').replaceChildren(waiting(words('statement.waiting')));
  read(mine);
  return title;
}

function offerMonths(month, go) {
  const field = byId('statement-month');
  const now = monthOf(Date.now(), INDIA);
  const first = owner ? monthOf(owner.created_at, INDIA) : month;
  const months = monthsBetween(first < month ? first : month, now > month ? now : month);
  field.replaceChildren(...months.map((value) => el('option', { value, textContent: monthName(value) })));
  field.value = month;
  field.onchange = () => go(`/statement/${field.value}`);
}

const isWanted = (mine) => shown === mine && Boolean(byId('statement'));

/** One page is read at a time: who asks meanwhile waits for the same one. */
function read(mine) {
  mine.reading ??= readNext(mine).finally(() => { mine.reading = null; });
  return mine.reading;
}

async function readNext(mine) {
  try {
    await readPage(mine);
    if (isWanted(mine)) paint(mine);
  } catch (error) {
    if (!isWanted(mine)) return;
    const told = error.status === 400 ? el('p', { textContent: words('statement.noMonth') }) : trouble(error, () => read(mine));
    byId('statement').replaceChildren(told);
  }
}

async function readPage(mine) {
  const query = new URLSearchParams({ month: mine.month, ...(mine.cursor && { cursor: mine.cursor }) });
  const page = await api.get(`/billing/statement?${query}`);
  mine.pages.push(page);
  mine.cursor = page.next_cursor;
}

function paint(mine) {
  // The figures of the month are the same on every page, unless something happened meanwhile: the newest counts.
  const statement = mine.pages.at(-1);
  byId('print-statement').disabled = mine.isPrinting;
  byId('print-statement').onclick = () => printAll(mine);
  const lines = mine.pages.flatMap(linesOf).sort((one, other) => Number(BigInt(one.entry.id) - BigInt(other.entry.id)));
  byId('statement').replaceChildren(...[
    el('p', { className: 'only-print', textContent: owner ? [owner.name, owner.email].filter(Boolean).join(', ') : '' }),
    totals(statement),
    ...statement.money.map(({ currency, paid, refunded }) => el('p', {
      textContent: words(refunded ? 'statement.paidBack' : 'statement.paid', { paid: money(paid, currency), refunded: money(refunded, currency) }),
    })),
    el('h3', { textContent: words('statement.entries') }),
    lines.length ? table(['table.when', 'table.what', 'statement.money', 'statement.talkTime', 'statement.after'].map((key) => words(key)), lines.map((line) => row(line, statement.time_zone)))
      : el('p', { className: 'hint', textContent: words('statement.nothing') }),
    mine.cursor ? more(mine) : null,
    el('p', { className: 'hint', textContent: foot(statement) }),
  ].filter(Boolean));
}

const foot = ({ month }) => [
  month === monthOf(Date.now(), INDIA) ? words('statement.goesOn') : '',
  words('statement.foot'),
].filter(Boolean).join(' ');

function totals(statement) {
  const { minutes } = statement;
  const groups = [
    ['bought', minutes.bought_ms], ['given', minutes.granted_ms], ['talked', minutes.spent_ms],
    ['refunds', minutes.refunded_ms], ['corrected', minutes.adjusted_ms],
  ].filter(([name, value]) => value || name === 'bought' || name === 'talked');
  const line = (name, value, className = '') => el('div', { className }, el('dt', { textContent: name }), el('dd', {}, value));
  return el('dl', { className: 'figures totals' },
    line(words('statement.opening'), exact(statement.opening_balance_ms), 'sum'),
    statement.opening_owed_ms ? line(words('statement.owedBefore'), change(-statement.opening_owed_ms)) : null,
    ...groups.map(([name, value]) => line(words(`statement.${name}`), change(value))),
    statement.closing_owed_ms ? line(words('statement.owedAfter'), change(statement.closing_owed_ms)) : null,
    line(words(isPresent(statement) ? 'statement.soFar' : 'statement.closing'), exact(statement.closing_balance_ms), 'sum'));
}

const isPresent = ({ month }) => month === monthOf(Date.now(), INDIA);

const linesOf = ({ payments, talks, other_entries: others }) =>
  [...payments, ...talks.map((talk) => ({ ...talk, kind: 'talk' })), ...others.map((entry) => ({ kind: 'other', entry }))];

function row(line, timeZone) {
  const { entry } = line;
  const at = (time) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(time));
  return [at(entry.created_at), what(line, at), amount(line), talkTime(entry), exact(entry.balance_after_ms)];
}

function otherKind(kind) {
  const key = `statement.other.${kind}`;
  return hasWords(key) ? words(key) : kind;
}

function what(line, at) {
  switch (line.kind) {
    case 'payment': return [`${words('statement.payment')} `, line.receipt ? receiptButton(line.order_id, line.receipt) : null];
    case 'refund': return [`${words('statement.refund')} `, line.credit_note ? noteButton(line.order_id, 'credit-notes', line.credit_note) : null];
    case 'returned_refund':
      return [`${words('statement.refundBack')} `, line.debit_note ? noteButton(line.order_id, 'debit-notes', line.debit_note) : null];
    case 'talk': return el('a', { href: `/talks/${line.session_id}`, textContent: line.started_at ? words('record.of', { time: at(line.started_at) }) : words('statement.other.settlement') });
    default: return otherKind(line.entry.kind);
  }
}

function amount({ kind, amount: paise, currency }) {
  if (paise === undefined) return '';
  return kind === 'refund' ? `\u2212${money(paise, currency)}` : money(paise, currency);
}

/** What is owed is no balance: an entry may change both. */
function talkTime(entry) {
  if (!entry.owed_change_ms) return change(entry.amount_ms);
  const key = entry.owed_change_ms > 0 ? 'statement.moreOwed' : 'statement.lessOwed';
  return [
    change(entry.amount_ms),
    el('span', { className: 'why hint' }, ...wordNodes(key, { time: exact(Math.abs(entry.owed_change_ms)) })),
  ];
}

function more(mine) {
  const button = el('button', { type: 'button', textContent: words('statement.more') });
  button.onclick = async () => {
    button.disabled = true;
    const before = byId('statement').querySelectorAll('tbody tr').length;
    await read(mine);
    const next = byId('statement')?.querySelectorAll('tbody tr')[before];
    if (next) next.tabIndex = -1;
    next?.focus();
  };
  return el('div', { className: 'actions no-print' }, button);
}

/** The whole month is printed, not the part that was looked at. */
async function printAll(mine) {
  if (mine.isPrinting) return;
  mine.isPrinting = true;
  byId('print-statement').disabled = true;
  let count = 0;
  while (mine.cursor && isWanted(mine) && mine.pages.length !== count) {
    count = mine.pages.length;
    await read(mine);
  }
  mine.isPrinting = false;
  // The button is another month's then.
  if (!isWanted(mine)) return;
  byId('print-statement').disabled = Boolean(mine.cursor);
  if (!mine.cursor) print();
}
