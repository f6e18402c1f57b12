// What goes on just now. Figures come from the lists that operators may read, and lines grow while the console is open.
import * as api from '../both/api.js';
import { lineChart, rowChart } from '../both/chart.js';
import { el } from '../both/dom.js';
import { age, clockTime, count, decimal, since } from './format.js';
import { poll } from './poll.js';
import { address } from './router.js';
import { measure, restart, series } from './measure.js';
import { salesCard } from './sales.js';
import { follow, staleNote } from './up-to-date.js';

export { restart as forgetMeasured };

const OFTEN_MS = 10_000;
const SELDOM_MS = 30_000;

const tile = (label, href) => {
  const value = el('dd', { textContent: '–' });
  const note = el('dd', { className: 'hint', textContent: '\u00a0' });
  const name = href ? el('a', { href, textContent: label }) : label;
  return { node: el('div', { className: 'tile' }, el('dt', {}, name), value, note), value, note };
};

const card = (title, ...children) => {
  const id = `card-${title.toLowerCase().replaceAll(' ', '-')}`;
  const [place, note] = [el('div', {}, ...children), staleNote()];
  const node = el('section', { className: 'card' }, el('h2', { id, tabIndex: -1, textContent: title }), place, note);
  node.setAttribute('aria-labelledby', id);
  return { node, place, note };
};

const growing = (label, write, whole = false) => lineChart({
  write, whole, at: clockTime, nothing: 'Nothing is measured yet.',
  tell: (last, most, from) => `${label}: ${write(last)} now, at most ${write(most)} since ${clockTime(from)}.`,
});

const set = (tile, value, note = '\u00a0', kind = '') => {
  tile.value.textContent = value;
  tile.note.textContent = note;
  tile.node.className = `tile ${kind}`;
};

/** @type {[string, Client.Address<'GET'>][]} */
const services = [
  ['Auth', '/auth/healthz'], ['Billing', '/billing/healthz'], ['Session', '/sessions/healthz'],
  ['Task', '/tasks/healthz'],
];

/** How long each service takes to say that it runs; null if it does not. */
export const health = () => Promise.all(services.map(async ([name, path]) => {
  const begun = performance.now();
  try {
    await api.call('GET', path, { limit: 5000 });
    return { name, took: performance.now() - begun };
  } catch { return { name, took: null }; }
}));

export function showOverview(place, parts, query, signal) {
  const tiles = {
    live: tile('Live talks', '#live'), beats: tile('Heartbeats a second'), burned: tile('Minutes talked a minute'),
    failed: tile('Failed tasks', address('tasks', { state: 'failed' })), letters: tile('Dead letters', '#events'),
    behind: tile('Events behind', '#events'),
  };
  const lines = {
    live: growing('Live talks', count, true), beats: growing('Heartbeats a second', decimal),
    burned: growing('Minutes talked a minute', decimal),
  };
  const bars = {
    tasks: rowChart({ label: 'Tasks by state' }), streams: rowChart({ label: 'Age of the oldest event that waits' }),
    health: rowChart({ label: 'Time to answer' }),
  };
  const types = el('div', {});
  const cards = {
    live: card('Live talks'), beats: card('Heartbeats a second', lines.beats.node),
    burned: card('Minutes talked a minute', lines.burned.node), tasks: card('Tasks by state'),
    streams: card('Streams of events'), health: card('Services'),
  };
  const updated = el('p', { className: 'hint', id: 'updated', textContent: 'Reading the first figures…' });
  const drain = el('p', { className: 'banner', id: 'drain-banner', hidden: true });
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Overview' }), updated), drain,
    el('dl', { className: 'tiles' }, ...Object.values(tiles).map(({ node }) => node)),
    el('div', { className: 'grid charts' }, ...Object.values(cards).map(({ node }) => node)), salesCard(signal));

  const paintLive = () => {
    const last = series.live.at(-1);
    if (!last) return;
    for (const name of Object.keys(lines)) lines[name].set(series[name]);
    set(tiles.live, `${count(last[1])}${measure.isCut ? '+' : ''}`,
      measure.isCut ? 'More than are counted' : undefined);
    for (const name of ['beats', 'burned']) {
      const value = series[name].at(-1)?.[1];
      if (value === null || value === undefined) set(tiles[name], '–', 'After the second look');
      else set(tiles[name], decimal(value), 'Of live talks');
    }
  };
  paintLive();

  const look = (name, nodes, load, show) => {
    const update = (found) => {
      show(found);
      updated.textContent = `Updated ${clockTime(Date.now())}`;
    };
    const paint = (found) => {
      update(found);
      return nodes;
    };
    follow(cards[name].place, cards[name].note, { load, paint, update }, OFTEN_MS, signal);
  };

  look('live', lines.live.node, async () => {
    await measure.look();
    if (!signal.aborted) paintLive();
    return api.get('/sessions/drain');
  }, ({ draining, reason, since: from }) => {
    drain.hidden = !draining;
    drain.textContent = draining ? `No new talk starts since ${clockTime(from)}: ${reason ?? 'no reason was given'}`
      : '';
  });
  look('health', bars.health.node, health, (found) => bars.health.set(found.map(({ name, took }) => ({
    name, value: took ?? 0, text: took === null ? 'does not answer' : `${count(Math.round(took))} ms`,
      kind: took === null ? 'bad' : 'good',
  }))));

  look('tasks', [bars.tasks.node, types], () => api.get('/tasks/stats'), (stats) => {
    // What went well has no age.
    const oldest = (state) => Math.max(0, ...Object.values(stats.oldest_ms[state] ?? {}));
    const states = ['pending', 'running', 'parked', 'failed', 'cancelled', 'completed'];
    bars.tasks.set(states.map((name) => {
      const number = stats[name] ?? 0;
      const text = oldest(name) ? `${count(number)}, the oldest ${age(oldest(name))}` : count(number);
      // What went well stays for a month: beside it nothing else would be seen.
      return { name, value: name === 'completed' ? 0 : number, text, kind: number && name === 'failed' ? 'bad' : '' };
    }));
    set(tiles.failed, count(stats.failed ?? 0), oldest('failed') ? `The oldest ${age(oldest('failed'))}` : undefined,
      stats.failed ? 'bad' : '');
  });
  poll(async () => {
    const { items } = await api.get('/tasks/types');
    const held = items.filter(({ pause, most_running: most, most_per_minute: rate }) => pause || most || rate);
    types.replaceChildren(held.length ? el('p', { className: 'hint' }, el('a', { href: '#types',
      textContent: `${count(held.length)} of ${count(items.length)} types are paused or limited` })) : '');
  }, SELDOM_MS, signal);
  look('streams', bars.streams.node, () => Promise.all([
    api.get('/tasks/streams'), api.get('/tasks/dead-letters?limit=100'),
  ]), ([{ items }, letters]) => {
    const groups = items.flatMap(({ name, groups: own }) => own.map((group) => ({ ...group, stream: name })));
    const worst = new Map();
    for (const { name, behind_ms: behind = 0 } of groups) worst.set(name, Math.max(worst.get(name) ?? 0, behind));
    const rows = [...worst].toSorted(([, one], [, other]) => other - one).slice(0, 8);
    bars.streams.set(rows.map(([name, behind]) =>
      ({ name, value: behind, text: behind ? age(behind) : 'up to date', kind: behind > 60_000 ? 'bad' : '' })));
    const most = Math.max(0, ...worst.values());
    set(tiles.behind, most ? age(most) : '0 s', 'The oldest that waits', most > 60_000 ? 'bad' : '');
    const number = letters.items.length;
    set(tiles.letters, `${count(number)}${letters.next_cursor ? '+' : ''}`,
      number ? `The newest ${age(since(letters.items.map(({ buried_at: at }) => at).toSorted().at(-1)))} ago`
        : undefined,
      number ? 'bad' : '');
  });
}
