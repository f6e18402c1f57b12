// The types of tasks: their pauses and limits.
import * as api from '../both/api.js';
import { why } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { fill } from '../both/places.js';
import { dataTable } from './data-table.js';
import { actButton, reason, say } from './dialog.js';
import { count, time } from './format.js';
import { may } from './operator.js';
import { address } from './router.js';

const limit = (name, label, most, value) => ({
  name, label, hint: 'Empty for no limit', isOptional: true, inputMode: 'numeric', value: value ?? '',
  read: (typed) => {
    if (typed === '') return undefined;
    if (!/^\d{1,5}$/.test(typed) || Number(typed) < 1
      || Number(typed) > most) throw new Error(`A limit is from 1 to ${count(most)}.`);
    return Number(typed);
  },
});

const limitsOf = (type) => [
  type.most_running && `${count(type.most_running)} at once`,
    type.most_per_minute && `${count(type.most_per_minute)} a minute`,
].filter(Boolean).join(', ');

export function showTypes(place, parts, query, signal) {
  const list = el('div', {});
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Task types' })),
    el('section', { className: 'card' }, list));
  const look = () => fill(list, () => api.get('/tasks/types'), ({ items }) => {
    const table = dataTable({ name: 'task-types', label: 'Types of tasks', id: ({ type }) => type,
      nothing: 'No type is known.', columns });
    table.set(items);
    return table.node;
  }, signal);

  const acts = (type) => {
    /** @type {`/tasks/types/${string}`} */
    const path = `/tasks/types/${type.type}`;
    const button = (verb, body, told) => actButton(`${verb}…`, body, () => { look(); return told; },
      { isQuiet: true, label: `${verb} ${type.type}` });
    /** @type {(verb: string, act: 'pause' | 'resume', text: string, told: string) => any} */
    const simple = (verb, act, text, told) => button(verb, () => ({
      title: `${verb} ${type.type}`, button: verb, fields: [reason], text, isDanger: act === 'pause',
      send: ({ reason: why }) => api.post(`${path}/${act}`, { reason: why }),
    }), told);
    return [
      type.pause ? simple('Resume', 'resume', 'Its tasks begin again.', `Tasks of the type ${type.type} begin again.`)
        // It carries out the acts on many tasks.
        : type.type === 'task_action' ? null
          : simple('Pause', 'pause', 'No task of the type begins. What runs goes on, and nothing is lost.',
            `No task of the type ${type.type} begins any more.`),
      limitButton(type.type),
    ];
  };

  /** Both limits are set at once: the table may have been read before somebody else has changed one. */
  const limitButton = (name) => {
    let before = null;
    return actButton('Limit…', async () => {
      try {
        before = (await api.get('/tasks/types')).items.find(({ type }) => type === name);
      } catch (error) {
        say(why(error));
        return null;
      }
      if (!before) {
        say(`There is no type ${name} any more.`);
        return null;
      }
      return {
        title: `Limit ${name}`, button: 'Set the limits',
        text: ['They hold for all workers together.', `Now: ${limitsOf(before) || 'no limit'}.`],
        fields: [limit('most_running', 'At once', 1000, before.most_running),
          limit('most_per_minute', 'In a minute', 60_000, before.most_per_minute), reason],
        send: async (values) => (await api.call('PUT', `/tasks/types/${name}/limits`, { body: values })).body,
      };
    }, (result, values) => {
      look();
      return `The limits of ${name} are set. Before: ${limitsOf(before) || 'no limit'}. `
        + `Now: ${limitsOf(values) || 'no limit'}.`;
    }, { isQuiet: true, label: `Limit ${name}` });
  };

  /** @type {any[]} */
  const columns = [
    { head: 'Type', of: ({ type }) => type, show: ({ type }) =>
      el('a', { href: address('tasks', { type }), textContent: type }) },
    { head: 'Waiting', isNumber: true, of: ({ pending }) => pending,
      show: ({ pending }) => (pending === undefined ? null : count(pending)) },
    { head: 'Running', isNumber: true, of: ({ running }) => running,
      show: ({ running }) => (running === undefined ? null : count(running)) },
    { head: 'Limits', of: limitsOf, show: (type) => limitsOf(type) || 'none' },
    { head: 'Pause', of: ({ pause }) => (pause ? `since ${pause.since}: ${pause.reason}` : null),
      show: ({ pause }) => (pause ? [el('span', { className: 'chip bad', textContent: 'paused' }),
        ` ${time(pause.since)}: ${pause.reason}`] : null) },
  ];
  if (may('admin')) columns.push({ head: 'Acts', isAct: true, show: acts });
  look();
}
