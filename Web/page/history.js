// The user's talks: all of them in pages, those of a month, and the minutes in a chart.
import { empty, trouble, waiting } from '../both/conditions.js';
import { byId, el, redraw, table } from '../both/dom.js';
import { endReason, when } from '../both/format.js';
import { monthName, monthOf, monthsBetween } from '../both/months.js';
import { Pages } from '../both/pages.js';
import { words } from '../both/words.js';
import { openPlan, planState } from './care-plan.js';
import { adjustment, costText } from './talk-cost.js';

const PAGE = 20;
let talks = new Pages('/sessions', PAGE);
/** The month that is looked at; empty for all. */
let month = '';
let unit = 'day';
/** How many are listed. The chart may know more of them. */
let wanted = PAGE;
/** What is asked for later wins over an earlier answer. */
let turn = 0;
/** A chart that nobody sees is not drawn: it may need many more pages than the list. */
let isChartSeen = false;

document.addEventListener('user-left', () => {
  talks = new Pages('/sessions', PAGE);
  [month, unit, wanted] = ['', 'day', PAGE];
});

const isOver = ({ state }) => state === 'ended';
const isInMonth = ({ created_at: time }) => !month || monthOf(time) === month;

/** Offers the months since the account was opened, and the two charts. */
export function offerMonths(user) {
  const field = byId('history-month');
  field.replaceChildren(el('option', { value: '', textContent: words('history.all') }), ...monthsBetween(monthOf(user.created_at), monthOf(Date.now()))
    .map((value) => el('option', { value, textContent: monthName(value) })));
  field.value = month;
  field.onchange = () => {
    month = field.value;
    byId('history').replaceChildren(waitForTalks());
    showHistory();
  };
  for (const choice of document.querySelectorAll('[name=minutes-unit]')) {
    choice.checked = choice.value === unit;
    choice.onchange = () => {
      unit = choice.value;
      showChart();
    };
  }
  isChartSeen = false;
  new IntersectionObserver((changes, observer) => {
    if (!changes.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    isChartSeen = true;
    showChart();
  }).observe(byId('minutes'));
}

/** Reads the newest talks, and shows what is looked at. */
export async function showHistory() {
  const place = byId('history');
  if (!place) return;
  turn += 1;
  const mine = turn;
  if (!place.hasChildNodes()) place.replaceChildren(waitForTalks());
  try {
    await talks.refresh();
    if (month) await talks.while(({ created_at: time }) => monthOf(time) >= month);
  } catch (error) {
    if (mine === turn && place.isConnected) place.replaceChildren(trouble(error, showHistory));
    return;
  }
  if (mine !== turn || !place.isConnected) return;
  paint(place);
  showChart();
}

const waitForTalks = () => waiting(words('history.waiting'));

function paint(place) {
  const known = talks.items.filter(isOver).filter(isInMonth);
  const ended = month ? known : known.slice(0, wanted);
  byId('history-tools').hidden = !talks.items.some(isOver);
  byId('minutes').hidden = !talks.items.some(isOver);
  if (!ended.length && (month || !talks.hasMore)) {
    place.replaceChildren(empty(month ? words('history.noneIn', { month: monthName(month) }) : words('history.empty')));
    return;
  }
  // A list that is shown again keeps the focus on the same talk.
  const { plan, talk } = place.contains(document.activeElement) ? document.activeElement.dataset : {};
  redraw(
    place,
    table(
      [...['when', 'talked', 'ended'].map((name) => words(`table.${name}`)), { unseen: words('history.plan.unknown') }],
      ended.map(row), ended.map(({ id }) => id)),
    ...(!month && (talks.hasMore || known.length > wanted) ? [olderTalks(ended.length)] : []));
  place.querySelector(plan ? `[data-plan="${plan}"]` : `[data-talk="${talk}"]`)?.focus();
}

function olderTalks(count) {
  const button = el('button', { type: 'button', textContent: words('history.older') });
  button.onclick = async () => {
    button.disabled = true;
    try {
      while (talks.hasMore && talks.items.filter(isOver).length < wanted + PAGE) await talks.more();
      if (!button.isConnected) return;
      wanted += PAGE;
      const place = byId('history');
      paint(place);
      // Who reads on comes to the first of those that were added.
      place.querySelectorAll('[data-talk]')[count]?.focus();
    } catch (error) {
      button.closest('.older')?.replaceWith(trouble(error, () => paint(byId('history'))));
    }
  };
  return el('div', { className: 'actions older' }, button);
}

/** The chart is fetched when it is first needed: a new account has nothing to draw. */
async function showChart() {
  const place = byId('minutes');
  if (!place || place.hidden || !isChartSeen) return;
  const [mine, chosen] = [turn, unit];
  const isWanted = () => mine === turn && chosen === unit && place.isConnected;
  if (!place.hasChildNodes()) place.replaceChildren(waiting(words('chart.waiting')));
  try {
    const { minutesChart, spanOf } = await import('./minutes-chart.js');
    const span = spanOf(month, chosen);
    await talks.while(({ created_at: time }) => new Date(time) >= span.from);
    if (isWanted()) place.replaceChildren(minutesChart(talks.items.filter(isOver), span, chosen));
  } catch (error) {
    if (isWanted()) place.replaceChildren(trouble(error, showChart));
  }
}

/** The talks that were read, in pages. */
export const allTalks = () => talks;

function costAndWhy(session) {
  const why = adjustment(session, talks.items);
  return [costText(session), why ? el('span', { className: 'why hint', textContent: why }) : null];
}

/** The button of a talk's care plan; null where nothing was said that could have made one. */
export function planButton(session) {
  if (session.charged_ms <= 0) return null;
  const state = planState(session.id);
  const textContent = words(`history.plan.${state === 'skipped' ? 'failed' : state}`);
  const button = el('button', { className: 'quiet', type: 'button', textContent });
  button.dataset.plan = session.id;
  button.dataset.state = state;
  button.onclick = () => openPlan(session.id);
  return button;
}

function row(session) {
  const link = el('a', { href: `/talks/${session.id}`, textContent: when(session.created_at) });
  link.dataset.talk = session.id;
  return [link, costAndWhy(session), endReason(session.end_reason), planButton(session)];
}
