// What operators have done, in every service.
import * as api from '../both/api.js';
import { why } from '../both/conditions.js';
import { el, mark } from '../both/dom.js';
import { fill } from '../both/places.js';
import { dataTable, pages } from './data-table.js';
import { time } from './format.js';
import { ownID } from './operator.js';
import { addressOf, idOf, isUUID, learnAddresses } from './people.js';
import { address, go } from './router.js';

const isShell = (operator) => operator.startsWith('cli:');
const nameOf = (operator) => (operator === ownID() ? 'you' : addressOf(operator) ?? operator);

/** Where the view of an action's object is; null if there is none. */
function subjectAddress({ action, subject }) {
  const [area] = action.split('.');
  if (/^[\w-]{22}$/.test(subject) && area === 'session') return `#talks/${subject}`;
  if (area === 'task_type') return address('tasks', { type: subject });
  if (!isUUID(subject)) return null;
  if (area === 'task' || area === 'tasks') return `#tasks/${subject}`;
  // An order has no view of its own.
  return area === 'order' || area === 'payment' ? null : `#users/${subject}`;
}

/** The page of the actions, with the names of who did them. */
async function withNames({ rows, more }) {
  await learnAddresses(rows.map(({ operator_id: operator }) => operator));
  return { rows, more: more && (async () => withNames(await more())) };
}

const field = (label, hint, name, value) => {
  const input = el('input', { name, autocomplete: 'off', spellcheck: false, value: value ?? '' });
  return { input, node: el('label', {}, `${label} `, el('span', { className: 'hint', textContent: hint }), input) };
};

export function showAudit(place, parts, query, signal) {
  const fields = {
    operator_id: field('Operator', 'E-mail, id, or cli: and a name', 'operator_id', query.operator_id),
    user_id: field('User', 'E-mail or id', 'user_id', query.user_id),
  };
  const submit = el('button', { className: 'primary', type: 'submit', textContent: 'Filter' });
  const error = el('p', { className: 'error', id: 'audit-error', hidden: true });
  error.setAttribute('role', 'alert');
  const form = el('form', { className: 'filter wide', noValidate: true },
    ...Object.values(fields).map(({ node }) => node), submit, error);
  form.oninput = ({ target }) => { error.hidden = true; mark(target, null); };
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    const asked = await typedFilter();
    submit.disabled = false;
    if (!asked || signal.aborted) return;
    if (address('audit', asked) === location.hash) look(); else go('audit', asked);
  };

  /** The filter with ids for addresses; null if one of them has none, which is said. */
  async function typedFilter() {
    const asked = {};
    for (const [name, { input }] of Object.entries(fields)) {
      const typed = input.value.trim();
      try {
        if (typed) asked[name] = name === 'operator_id' && isShell(typed) ? typed : await idOf(typed);
      } catch (problem) {
        error.textContent = why(problem);
        error.hidden = false;
        mark(input, error.id);
        input.focus();
        return null;
      }
    }
    return asked;
  }

  const heading = el('h2', { tabIndex: -1, textContent: 'The newest first' });
  heading.dataset.found = '';
  const list = el('div', {});
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Audit' }),
    el('p', { className: 'hint', textContent: 'What operators have done, in every service.' })),
  el('section', { className: 'card' }, form, el('p', { className: 'hint below', textContent: 'A user’s actions are '
    + 'those on the account, the wallet, and all talks at once. Orders, single talks and tasks have their own ids.' })),
  el('section', { className: 'card' }, heading, list));
  look();

  /** Says of whom the actions are, by the address where there is one. */
  async function tellOfWhom() {
    await learnAddresses([query.operator_id, query.user_id].filter(Boolean));
    heading.textContent = ['What', query.operator_id ? `${nameOf(query.operator_id)} did` : 'operators did',
      query.user_id ? `to ${addressOf(query.user_id) ?? query.user_id}` : null].filter(Boolean).join(' ');
  }

  function look() {
    const search = new URLSearchParams(Object.entries({ operator_id: query.operator_id, user_id: query.user_id })
      .filter(([, value]) => value)).toString();
    if (search) tellOfWhom();
    list.replaceChildren();
    const path = `/billing/operator-actions${search ? `?${search}` : ''}`;
    fill(list, async () => withNames(await pages(api.get, path, 50)), ({ rows, more }) => {
      const table = dataTable({ name: 'audit', label: 'Actions of operators', nothing: 'No such action.', columns });
      table.set(rows, more);
      return table.node;
    }, signal);
  }
}

const long = (text) => text && el('span', { className: 'long', textContent: text });

const columns = [
  { head: 'When', of: ({ at }) => at, show: ({ at }) => time(at) },
  { head: 'Operator', of: ({ operator_id: operator }) => addressOf(operator) ?? operator,
    show: ({ operator_id: operator }) => el('a', { href: address('audit', { operator_id: operator }),
      className: 'long', title: operator, textContent: nameOf(operator) }) },
  { head: 'Action', of: ({ action }) => action },
  { head: 'Object', of: ({ subject }) => subject, show: (row) => {
    const href = subjectAddress(row);
    const looks = isUUID(row.subject) ? { className: 'code whole', textContent: row.subject.slice(0, 8) }
      : { className: 'code', textContent: row.subject };
    return el(href ? 'a' : 'span', { ...(href ? { href } : {}), ...looks, title: row.subject });
  } },
  { head: 'Reason', of: ({ reason }) => reason ?? null, show: ({ reason }) => long(reason) },
  { head: 'Details', of: ({ details }) => details ?? null, show: ({ details }) => long(details) },
];
