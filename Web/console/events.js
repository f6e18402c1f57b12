// The streams of events, what consumers gave up on, and events that are published again.
import * as api from '../both/api.js';
import { empty } from '../both/conditions.js';
import { el, mark } from '../both/dom.js';
import { clear, fill } from '../both/places.js';
import { dataTable, pages } from './data-table.js';
import { actButton, hush, reason } from './dialog.js';
import { age, count, named, time } from './format.js';
import { may } from './operator.js';
import { go } from './router.js';
import { taskTable } from './task-list.js';
import { facts, section } from './parts.js';

/** A button that delivers a dead letter again. The API notes the operator, and takes no reason. */
const replayLetter = (letter, done) => actButton('Replay…', () => ({
  title: 'Deliver this event again', button: 'Replay',
  text: [`${letter.type ?? 'The event'} goes back into its stream for ${letter.group}, and the letter is removed.`,
    'Consumers do nothing twice.'],
  send: () => api.post(`/tasks/dead-letters/${letter.id}/replay`),
}), () => {
  done();
  return `The event of the letter ${letter.id} is delivered again.`;
}, { isQuiet: true, label: `Replay ${letter.id}` });

const letterColumns = (done) => [
  { head: 'Letter', of: (letter) => letter.id, show: (letter) =>
    el('span', { className: 'code', textContent: letter.id }) },
  { head: 'Type', of: (letter) => letter.type ?? null },
  { head: 'Consumer', of: (letter) => letter.group },
  { head: 'Error', of: (letter) => letter.error, show: (letter) => el('span', { className: 'long', textContent: letter.error }) },
  { head: 'About', of: (letter) => letter.subject ?? null, show: (letter) => letter.subject
    && el('span', { className: letter.subject.length < 13 ? 'code whole' : 'code', textContent: letter.subject }) },
  { head: 'Event', of: (letter) => letter.event_id ?? null,
    show: (letter) => (/^[A-Za-z0-9-]{1,200}$/.test(letter.event_id ?? '')
      ? el('a', { href: `#events/${letter.event_id}`, textContent: 'Its way' }) : null) },
  { head: 'Given up', of: (letter) => letter.buried_at, show: (letter) => time(letter.buried_at) },
  ...(may('admin') ? [{ head: 'Acts', isAct: true, show: (letter) => replayLetter(letter, done) }] : []),
];

export function showEvents(place, parts, query, signal) {
  const [letters, streams] = [el('div', {}), el('div', {})];
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Events' })),
    section('Dead letters', letters), section('Streams and their consumers', streams),
    el('div', { className: 'grid' }, section('The way of an event', traceForm()),
      may('admin') ? rangeCard(signal) : ''));
  const look = () => fill(letters, () => pages(api.get, '/tasks/dead-letters'), ({ rows, more }) => {
    const table = dataTable({ name: 'dead-letters', label: 'Dead letters', nothing: 'No consumer gave up on an event.',
      columns: letterColumns(look) });
    table.set(rows, more);
    return table.node;
  }, signal);
  look();
  fill(streams, () => api.get('/tasks/streams'), ({ items }) => {
    const table = dataTable({
      name: 'streams', label: 'Streams', nothing: 'There is no stream.', id: (row) => `${row.stream} ${row.name}`,
      columns: [
        { head: 'Stream', of: (row) => row.stream, show: (row) =>
          el('span', { className: 'code', textContent: row.stream }) },
        { head: 'Consumer', of: (row) => row.name },
        { head: 'Not delivered', isNumber: true, of: (row) => row.lag ?? null,
          show: (row) => (row.lag === undefined ? null : count(row.lag)) },
        { head: 'In work', isNumber: true, of: (row) => row.pending, show: (row) => count(row.pending) },
        { head: 'Behind', isNumber: true, of: (row) => row.behind_ms ?? null,
          show: (row) => (row.behind_ms === undefined ? null : row.behind_ms ? age(row.behind_ms) : 'up to date') },
        { head: 'Length', isNumber: true, of: (row) => row.length, show: (row) => count(row.length) },
      ],
    });
    table.set(items.flatMap(({ name: stream, length, groups }) =>
      groups.map((group) => ({ ...group, stream, length }))));
    return table.node;
  }, signal);
}

function traceForm() {
  const field = el('input', { name: 'event', autocomplete: 'off', spellcheck: false });
  const form = el('form', { className: 'find', noValidate: true },
    el('label', {}, 'Event ', el('span', { className: 'hint', textContent: 'Its id' }), field),
      el('button', { type: 'submit', textContent: 'Show' }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const id = field.value.trim();
    if (/^[A-Za-z0-9-]{1,200}$/.test(id)) go(`events/${id}`); else field.focus();
  };
  return form;
}

/** Publishes again what an outbox still has: first counted, then done. */
function rangeCard(signal) {
  const at = (name, label) => el('label', {}, label, el('input',
    { name, type: 'datetime-local', step: 1, required: true }));
  const sources = [['', 'Any'], ...['auth', 'billing', 'session', 'task'].map((name) => [name, named(name)])];
  const source = el('select', { name: 'source' }, ...sources.map(([value, text]) =>
    el('option', { value, textContent: text })));
  const found = el('div', { id: 'replay-preview' });
  const form = el('form', { className: 'filter', noValidate: true }, at('from', 'Published from'), at('until', 'Until'),
    el('label', {}, 'By the service', source),
    el('label', {}, 'Type ', el('span', { className: 'hint', textContent: 'May stay empty' }),
      el('input', { name: 'type', autocomplete: 'off', spellcheck: false })),
    el('button', { type: 'submit', textContent: 'Count' }));
  form.oninput = ({ target }) => { mark(target, null); clear(found); };
  form.onsubmit = (event) => {
    event.preventDefault();
    hush();
    clear(found);
    const missing = [...form.querySelectorAll('[required]')].find((field) => !field.value);
    if (missing) {
      mark(missing, 'replay-missing');
      found.replaceChildren(el('p', { className: 'error', id: 'replay-missing', textContent: 'Choose both times.' }));
      missing.focus();
      return;
    }
    const typed = Object.fromEntries([...new FormData(form)].map(([name, value]) =>
      [name, String(value).trim()]).filter(([, value]) => value));
    // What is published after the count is not concerned.
    const until = new Date(Math.min(Date.parse(typed.until), Date.now())).toISOString();
    const request = { ...typed, from: new Date(typed.from).toISOString(), until };
    fill(found, () => api.post('/tasks/events/replay', { ...request, preview: true }),
      (preview) => paint(preview, request), signal);
  };
  function paint({ count: number, types = {} }, request) {
    const told = el('p', { className: 'verdict',
      textContent: `Events that would be published again: ${count(number)}.` });
    told.setAttribute('role', 'status');
    if (!number) return told;
    const kinds = el('ul', { className: 'plain' }, ...Object.entries(types).map(([type, many]) =>
      el('li', { textContent: `${type}: ${count(many)}` })));
    return [told, kinds, el('div', { className: 'actions' },
      replayButton(request, `Publish again: ${count(number)}…`, () => clear(found)))];
  }
  return section('Publish events again', el('p', { className: 'hint',
    textContent: 'For consumers that have lost events. Consumers do nothing twice.' }), form, found);
}

const rangeWords = ({ event_id: id, from, until, source, type }) => (id ? `The event: ${id}.`
  : `Published from ${time(from)} until ${time(until)}, by ${source ? `the service ${named(source)}` : 'any service'}, `
    + `${type ? `of the type ${type}` : 'of any type'}.`);

const replayButton = (request, text, done) => actButton(text, () => ({
  title: 'Publish events again', button: 'Publish again', fields: [reason],
  text: [rangeWords(request),
    'They get the ids that they had, so that consumers do nothing twice. 10,000 are published at most.'],
  send: ({ reason: why }) => api.post('/tasks/events/replay', { ...request, reason: why }),
}), ({ count: number }) => {
  done();
  return `Events that are published again: ${count(number)}.`;
});

/** The way of one event, without its data. */
export function showEvent(place, [id], query, signal) {
  const body = el('div', { className: 'stack' });
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Event' }),
    el('p', { className: 'hint code', textContent: id })), body);
  const look = () => fill(body, () => api.get(`/tasks/events/${id}`),
    ({ outbox, deliveries, dead_letters: letters, inbox, tasks }) => {
    const list = (label, nothing, columns, rows, key) => {
      const table = dataTable({ name: `event-${label.toLowerCase().replaceAll(' ', '-')}`, label, nothing, columns,
        id: key });
      table.set(rows);
      return section(label, table.node);
    };
    const made = taskTable('event-tasks', 'Its tasks', 'No task came of it.');
    made.set(tasks);
    return [
      section('Published', outbox ? facts([
        ['Type', outbox.type], ['About', outbox.subject], ['By', outbox.source], ['Written', time(outbox.written_at)],
        ['Published', outbox.published_at ? time(outbox.published_at) : 'not yet'], ['Entry', outbox.entry],
      ]) : empty('No outbox has it any more, or never had.'),
      may('admin') && outbox ? el('div', { className: 'actions' },
        replayButton({ event_id: id }, 'Publish it again…', look)) : null),
      list('Deliveries', 'It is in no stream any more.', [
        { head: 'Consumer', of: (row) => row.group }, { head: 'State', of: (row) => named(row.state) },
        { head: 'Stream', of: (row) => row.stream }, { head: 'Entry', of: (row) => row.entry },
        { head: 'Deliveries', isNumber: true, of: (row) => row.deliveries ?? null },
        { head: 'Idle', isNumber: true, of: (row) => row.idle_ms ?? null,
          show: (row) => (row.idle_ms === undefined ? null : age(row.idle_ms)) },
      ], deliveries, (row) => `${row.group} ${row.entry}`),
      list('Dead letters', 'No consumer gave up on it.', letterColumns(look), letters),
      list('Recorded', 'No consumer has recorded it.', [
        { head: 'Consumer', of: (row) => row.consumer }, { head: 'When', of: (row) => row.seen_at,
          show: (row) => time(row.seen_at) },
      ], inbox, (row) => row.consumer),
      section('Its tasks', made.node),
    ];
  }, signal);
  look();
}
