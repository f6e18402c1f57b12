// Finds users by their address or id.
import * as api from '../both/api.js';
import { empty } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { fill } from '../both/places.js';
import { dataTable } from './data-table.js';
import { time } from './format.js';
import { isUUID } from './people.js';
import { go } from './router.js';

export const accountState = (user) => [
  user.disabled ? 'disabled' : null, user.email_verified ? null : 'address not proven', user.scope ? user.scope : null,
].filter(Boolean).join(', ') || 'in order';

export function showUsers(place, parts, query, signal) {
  const field = el('input', { id: 'user-email', type: 'search', name: 'email', autocomplete: 'off', spellcheck: false,
    required: true, value: query.email ?? '' });
  const found = el('div', {});
  const form = el('form', { className: 'find', noValidate: true },
    el('label', {}, 'E-mail or id ', el('span', { className: 'hint',
      textContent: 'The whole address, in any capitalization' }), field),
    el('button', { className: 'primary', type: 'submit', textContent: 'Find' }));
  form.setAttribute('role', 'search');
  form.onsubmit = (event) => {
    event.preventDefault();
    const email = field.value.trim();
    if (!email) field.focus();
    else if (isUUID(email)) go(`users/${email.toLowerCase()}`);
    else if (email === query.email) look();
    else go('users', { email });
  };
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Users' })),
    el('section', { className: 'card' }, form), found);
  if (query.email) look();

  function look() {
    const heading = el('h2', { tabIndex: -1, textContent: `Accounts of ${query.email}` });
    heading.dataset.found = '';
    const list = el('div', {});
    found.replaceChildren(el('section', { className: 'card' }, heading, list));
    fill(list, () => api.get(`/auth/users?email=${encodeURIComponent(query.email)}`), ({ items }) => {
      if (!items.length) return empty('No account has this address.');
      const link = (user) => el('a', { href: `#users/${user.id}`, textContent: user.email });
      const table = dataTable({
        name: 'users', label: 'Accounts', nothing: '', columns: [
          { head: 'E-mail', of: (user) => user.email, show: link },
          { head: 'Name', of: (user) => user.name },
          { head: 'State', of: accountState },
          { head: 'Since', of: (user) => user.created_at, show: (user) => time(user.created_at) },
          { head: 'Last sign-in', of: (user) => user.last_sign_in_at, show: (user) => time(user.last_sign_in_at) },
        ],
      });
      table.set(items);
      return table.node;
    }, signal);
  }
}
