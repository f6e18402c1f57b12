// Tasks by a filter, and acts on all of its tasks, which are previewed first.
import * as api from '../both/api.js';
import { empty } from '../both/conditions.js';
import { el, mark } from '../both/dom.js';
import { clear, fill } from '../both/places.js';
import { pages } from './data-table.js';
import { actButton, hush, reason } from './dialog.js';
import { count, time } from './format.js';
import { may } from './operator.js';
import { address, go } from './router.js';
import { states, taskTable } from './task-list.js';

const ages = [['', 'Any'], ['600', '10 minutes'], ['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days']];
const acts = {
  retry: ['Retry', 'They are tried again from the first attempt.', 'would be tried again'],
  run_now: ['Run now', 'They are due at once.', 'would be due at once'],
  priority: ['Set the priority', 'A higher one comes first.', 'would get the priority'],
  cancel: ['Cancel', 'They are not done. What runs is asked to stop.', 'would be cancelled'],
};
const isAge = (text) => ages.some(([value]) => value && value === text);

const option = ([value, text]) => el('option', { value, textContent: text });
const choice = (name, label, pairs, value) => {
  const select = el('select', { name }, ...pairs.map(option));
  select.value = value ?? '';
  return el('label', {}, label, select);
};

/** The filter of the address, as the API has it. Ages count from this moment. */
export function filterOf(query, now = Date.now()) {
  // An address may have been typed. What is no age of the list is left out.
  const before = (seconds) => new Date(now - Number(seconds) * 1000).toISOString();
  return Object.fromEntries(Object.entries({
    type: query.type, state: query.state, error_code: query.error_code,
    created_before: isAge(query.older) ? before(query.older) : null,
    created_after: isAge(query.newer) ? before(query.newer) : null,
  }).filter(([, value]) => value));
}

const filterWords = {
  type: (value) => `type ${value}`, state: (value) => `state ${value}`, error_code: (value) => `error code ${value}`,
  created_before: (value) => `created before ${time(value)}`, created_after: (value) => `created since ${time(value)}`,
};
const inWords = (filter) => Object.entries(filter).map(([name, value]) => filterWords[name](value)).join(', ');

export function showTasks(place, parts, query, signal) {
  const filter = filterOf(query);
  // Acts have no condition on the user, so that it is no part of their filter.
  const listed = { ...filter, ...(query.user_id ? { user_id: query.user_id } : {}) };
  const type = el('input', { name: 'type', autocomplete: 'off', spellcheck: false, value: query.type ?? '' });
  const known = el('datalist', { id: 'known-types' });
  type.setAttribute('list', 'known-types');
  const form = el('form', { className: 'filter', noValidate: true }, el('label', {}, 'Type', type, known),
    choice('state', 'State', [['', 'Any'], ...states.map((state) => [state, state])], query.state),
    el('label', {}, 'Error code', el('input', { name: 'error_code', autocomplete: 'off', spellcheck: false,
      value: query.error_code ?? '' })),
    choice('older', 'Older than', ages, query.older), choice('newer', 'Not older than', ages, query.newer),
    el('label', {}, 'User ', el('span', { className: 'hint', textContent: 'The id' }), el('input', { name: 'user_id',
      autocomplete: 'off', spellcheck: false, value: query.user_id ?? '' })),
    el('button', { className: 'primary', type: 'submit', textContent: 'Filter' }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const typed = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    if (address('tasks', typed) === location.hash) look(); else go('tasks', typed);
  };
  api.get('/tasks/types').then(({ items }) => known.replaceChildren(...items.map(({ type: name }) =>
    option([name, name]))), () => {});

  const heading = el('h2', { tabIndex: -1, textContent: Object.keys(listed).length
    ? 'Tasks of this filter, the newest first' : 'The newest tasks' });
  heading.dataset.found = '';
  const list = el('div', {});
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Tasks' })),
    el('section', { className: 'card' }, form), may('admin') ? actsCard(query, signal) : '',
      el('section', { className: 'card' }, heading, list));
  look();

  function look() {
    list.replaceChildren();
    const search = new URLSearchParams(listed).toString();
    fill(list, () => pages(api.get, `/tasks${search ? `?${search}` : ''}`), ({ rows, more }) => {
      const table = taskTable('tasks', 'Tasks', 'No such task.');
      table.set(rows, more);
      return table.node;
    }, signal);
  }
}

/** Acts on all tasks of the filter: which and how many is shown before the act can be chosen. */
function actsCard(query, signal) {
  const [heading, found] = [el('h2', { tabIndex: -1, textContent: 'Act on all tasks of this filter' }),
    el('div', { id: 'preview' })];
  const action = el('select', { name: 'action' }, ...Object.entries(acts).map(([value, [text]]) =>
    option([value, text])));
  const priority = el('input', { name: 'priority', type: 'number', min: -100, max: 100, step: 1, value: '10' });
  const priorityLabel = el('label', { hidden: true }, 'Priority ',
    el('span', { className: 'hint', textContent: '−100 to 100' }), priority);
  const form = el('form', { className: 'filter', noValidate: true }, el('label', {}, 'What', action), priorityLabel,
    el('button', { type: 'submit', textContent: 'Preview' }));
  const isEmpty = !Object.keys(filterOf(query)).length;
  action.onchange = () => {
    priorityLabel.hidden = action.value !== 'priority';
    clear(found);
  };
  priority.oninput = () => { mark(priority, null); clear(found); };

  const body = (filter) => ({
    action: action.value, filter, ...(action.value === 'priority' ? { priority: Number(priority.value) } : {}),
  });
  form.onsubmit = (event) => {
    event.preventDefault();
    hush();
    clear(found);
    const typed = priority.value.trim();
    if (action.value === 'priority' && !(/^[+-]?\d+$/.test(typed) && Math.abs(Number(typed)) <= 100)) {
      mark(priority, 'priority-wrong');
      found.append(el('p', { className: 'error', id: 'priority-wrong',
        textContent: 'A priority is a whole number from −100 to 100.' }));
      priority.focus();
      return;
    }
    // The times of the preview are those of the act, and tasks that come later are not concerned.
    const now = Date.now();
    const request = body({ created_before: new Date(now).toISOString(), ...filterOf(query, now) });
    fill(found, () => api.post('/tasks/actions', { ...request, preview: true }), (preview) => paint(preview, request),
      signal);
  };

  function paint({ count: number, at_least: isLeast, sample }, request) {
    const [verb, what, would] = acts[request.action];
    const much = `${isLeast ? 'At least ' : ''}${count(number)}`;
    const told = el('p', { className: 'verdict', textContent: `Tasks that ${would}: ${much}.` });
    told.setAttribute('role', 'status');
    if (!number) return told;
    const table = taskTable('preview', 'The oldest of them', '');
    table.set(sample);
    const button = actButton(`${verb}: ${much}…`, () => ({
      title: `${verb}: ${much} ${number === 1 ? 'task' : 'tasks'}`, isDanger: request.action === 'cancel', button: verb, fields: [reason],
      text: [`This concerns every task of the filter, ${much} by the preview. ${what}`,
        request.action === 'priority' ? `The priority: ${request.priority}.` : null,
        `The filter: ${inWords(request.filter)}.`],
      send: ({ reason: why }) => api.post('/tasks/actions', { ...request, reason: why }),
    }), ({ count: begun, at_least: isMore, action_id: id }) => {
      clear(found);
      return [`${verb} has begun. Tasks that it concerns: ${isMore ? 'at least ' : ''}${count(begun)}.`,
        el('a', { href: `#tasks/${id}`, textContent: 'How far it is' })];
    });
    button.className = request.action === 'cancel' ? 'danger' : 'primary';
    return [told, number > sample.length ? empty(`The oldest ${count(sample.length)} of them:`) : null, table.node,
      el('div', { className: 'actions' }, button)];
  }
  return el('section', { className: 'card' }, heading,
    query.user_id ? empty('Acts cannot be limited to the tasks of one user. Leave the user out of the filter for them.')
      : isEmpty ? empty('Choose a filter first, such as a state or an error code.') : form, found);
}
