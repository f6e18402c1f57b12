// One user: account, wallet, live talks, records, refunds, talks with their proof, and the security trail.
import * as api from '../both/api.js';
import { empty } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { money } from '../both/format.js';
import { clear, fill, repaint } from '../both/places.js';
import { dataTable, pages } from './data-table.js';
import { actButton, reason } from './dialog.js';
import { named, talkTime, time } from './format.js';
import { endAllButton, endButton, liveTalks } from './live.js';
import { may, ownID } from './operator.js';
import { facts, section } from './parts.js';
import { isUUID } from './people.js';
import { address, go } from './router.js';
import { refundButton } from './refund.js';
import { userRecords } from './user-records.js';
import { accountState } from './users.js';
import { walletActs } from './wallet.js';

const isTalk = (text) => /^[\w-]{22}$/.test(text);

/** A form of one field that looks something up by its id. */
function lookUp({ label, hint, button, is, wrong, act }) {
  const [field, error] = [el('input', { autocomplete: 'off', spellcheck: false, name: 'id' }),
    el('p', { className: 'error', hidden: true })];
  const form = el('form', { className: 'find', noValidate: true },
    el('label', {}, `${label} `, el('span', { className: 'hint', textContent: hint }), field),
    el('button', { type: 'submit', textContent: button }), error);
  error.setAttribute('role', 'alert');
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = field.value.trim();
    error.hidden = is(text);
    error.textContent = is(text) ? '' : wrong;
    if (is(text)) act(text); else field.focus();
  };
  return form;
}

export function showUser(place, [id], query, signal) {
  // Anybody can write an address into a link. The name is that of the account that the server has found.
  let [person, isOther] = [null, false];
  const isSure = () => !query.email || Boolean(person);
  const name = () => person?.email ?? `user ${id.slice(0, 8)}`;
  const title = el('h1', { tabIndex: -1 });
  const paintName = () => { title.textContent = person?.email ?? `User ${id.slice(0, 8)}`; };
  paintName();
  const [account, wallet, live, records, trail, refunds] = Array.from({ length: 6 }, () => el('div', {}));
  place.append(el('header', { className: 'head' }, title,
    el('p', { className: 'hint code', textContent: id })),
  el('div', { className: 'grid' }, section('Account', account), section('Wallet', wallet)),
  section('Live talks', live), records,
  el('div', { className: 'grid' },
    section('Refunds of an order', lookUp({
      label: 'Order', hint: 'Its id, as on the receipt', button: 'Show refunds', is: isUUID,
        wrong: 'An order’s id has 36 characters, such as 0190a5b2-….',
      act: (order) => showRefunds(order),
    }), refunds),
    section('A talk with its proof', lookUp({
      label: 'Talk', hint: 'Its id of 22 characters', button: 'Show the talk', is: isTalk,
        wrong: 'A talk’s id has 22 characters.',
      act: (talk) => go(`talks/${talk}`),
    }))),
  section('Security trail', trail));

  const find = async () => {
    const was = isSure();
    let found = null;
    try {
      found = await api.get(`/auth/users/${id}`);
    } catch (error) {
      // What a deleted account has paid and talked stays.
      if (error.status !== 404) throw error;
    }
    isOther = Boolean(found && query.email) && found.email.toLowerCase() !== query.email.toLowerCase();
    person = isOther ? null : found;
    if (!signal.aborted) paintName();
    // A second try may know more than the first one.
    if (was !== isSure() && isPainted) { clear(refunds); showWallet(); showTalks(); showOrders(); }
    return person;
  };
  let isPainted = false;
  const known = fill(account, find, paintAccount, signal);
  // No act is offered before it is known whom the link means.
  const whenKnown = async (load) => (await Promise.all([load(), known]))[0];
  const readWallet = async () => {
    try {
      return await api.get(`/billing/wallets/${id}`);
    } catch (error) {
      if (error.status !== 404) throw error;
      return null;
    }
  };
  const showWallet = () => fill(wallet, () => whenKnown(readWallet), paintWallet, signal);
  const showTalks = () => fill(live, () => whenKnown(liveTalks), paintTalks, signal);
  showWallet();
  showTalks();
  known.then(() => { isPainted = true; });
  const { node, showOrders } = userRecords({ id, query, isSure, known, signal, onMoney: showWallet,
    onRefunds: (order) => {
      showRefunds(order);
      const heading = refunds.closest('section').querySelector('h2');
      heading.focus();
      heading.scrollIntoView({ block: 'center' });
    } });
  records.append(section('Records', node));
  paintTrail();

  function paintAccount(user) {
    if (isOther) {
      return [el('p', { className: 'error', textContent: `This link names ${query.email}, which is not the address of `
        + 'this account. So nothing can be done here.' }),
      el('p', {}, el('a', { href: '#users', textContent: 'Find the user by e-mail' }))];
    }
    if (!user) {
      return [empty('No account has this id any more, or none ever had. It may have been deleted or merged.'),
        auditLinks(null)];
    }
    /** @type {(verb: string, act: 'enable' | 'disable', text: string) => any} */
    const change = (verb, act, text) => actButton(`${verb}…`, () => ({
      title: `${verb} this account`, isDanger: act === 'disable', button: verb, fields: [reason],
      text: [text, `The account: ${name()}, ${id}.`],
      send: ({ reason: why }) => api.post(`/auth/users/${id}/${act}`, { reason: why }),
    }), (changed) => {
      person = changed;
      repaint(account, paintAccount(changed));
      return changed.disabled ? `The account of ${name()} is disabled. All its devices are signed out.`
        : `The account of ${name()} is enabled. It can sign in again.`;
    });
    const acts = !may('admin') || id === ownID() ? null : el('div', { className: 'actions' }, user.disabled
      ? change('Enable', 'enable', 'The user can sign in again. The devices stay signed out.')
      : change('Disable', 'disable',
        'Nobody can sign in to the account, every device is signed out, and a live talk ends.'));
    return [facts([
      ['Name', user.name], ['State', accountState(user)], ['Disabled', user.disabled_at && time(user.disabled_at)],
      ['Since', time(user.created_at)], ['Last sign-in', time(user.last_sign_in_at)],
    ]), auditLinks(user), acts];
  }

  const auditLinks = (user) => el('p', { className: 'links' },
    el('a', { href: address('audit', { user_id: id }), textContent: 'What operators have done here' }),
    user?.scope.split(' ').includes('operator') ? el('a', { href: address('audit', { operator_id: id }),
      textContent: 'What this operator has done' }) : null,
    el('a', { href: address('tasks', { user_id: id }), textContent: 'Tasks of this user' }));

  function paintWallet(found) {
    if (!found) return empty('There is no wallet.');
    return [facts([
      ['Available', talkTime(found.available_ms)], ['Held', talkTime(found.held_ms)], ['Owed', talkTime(found.owed_ms)],
      ['Balance', talkTime(found.balance_ms)], ['State', found.frozen
        ? el('span', { className: 'chip bad', textContent: 'frozen' }) : 'open'],
      ...(found.freezes ?? []).map((freeze) =>
        ['Frozen', `${time(freeze.frozen_at)}, by ${freeze.cause}: ${freeze.reason}`]),
    ]), !isSure() ? null : walletActs({ id, name, wallet: found, done: showWallet })];
  }

  function paintTalks({ talks, isCut }) {
    const own = talks.filter(({ user_id: user }) => user === id);
    const list = own.length ? el('ul', { className: 'plain' }, ...own.map((talk) => el('li', {},
      el('a', { href: `#talks/${talk.id}`, className: 'code', textContent: talk.id }),
      ` ${talk.state}, charged ${talkTime(talk.charged_ms)}, left ${talkTime(talk.remaining_ms)} `,
      may('admin') && isSure() ? endButton(talk, showTalks) : null)))
      : empty(isCut ? 'None among the first 500 live talks.' : 'No talk of this user is live.');
    return [list, may('admin') && isSure() && (own.length || isCut) ? el('div', { className: 'actions' },
      endAllButton(id, name, showTalks)) : null];
  }

  function showRefunds(order) {
    clear(refunds);
    fill(refunds, () => api.get(`/billing/orders/${order}/refunds`), ({ items }) => {
      const table = dataTable({
        name: `refunds-${order}`, label: 'Refunds', nothing: 'No refund of this order.', columns: [
          { head: 'Amount', isNumber: true, of: (refund) => refund.amount / 100,
            show: (refund) => money(refund.amount, refund.currency) },
          { head: 'Status', of: (refund) => refund.status },
          { head: 'By', of: (refund) => refund.origin },
          { head: 'Talk time', isNumber: true, of: (refund) => refund.talktime_ms,
            show: (refund) => (refund.talktime_ms === undefined ? null : talkTime(refund.talktime_ms)) },
          { head: 'At Razorpay', of: (refund) => refund.razorpay_refund_id ?? null },
        ],
      });
      table.set(items);
      const again = () => {
        showRefunds(order);
        showWallet();
        showOrders();
      };
      return [el('h3', { className: 'code', textContent: `The order ${order}` }), table.node, may('finance') && isSure()
        ? el('div', { className: 'actions' }, refundButton(order, again)) : null];
    }, signal);
  }

  /** Each page of it that is read is recorded, so nobody reads it by accident. */
  function paintTrail() {
    const read = el('button', { type: 'button', textContent: 'Read the trail' });
    read.onclick = () => {
      trail.replaceChildren();
      fill(trail, () => pages(api.get, `/auth/users/${id}/trail`, 50), ({ rows, more }) => {
        const table = dataTable({
          name: `trail-${id}`, label: 'Security trail', id: (event) => event.at, nothing: 'Nothing is recorded.',
            columns: [
            { head: 'When', of: (event) => event.at, show: (event) => time(event.at) },
            { head: 'What', of: (event) => event.kind, show: (event) => named(event.kind) },
            { head: 'Detail', of: (event) => event.detail },
            { head: 'Network', of: (event) => event.network },
            { head: 'Device', of: (event) => event.device, show: (event) => event.device?.slice(0, 8) },
          ],
        });
        table.set(rows, more);
        return table.node;
      }, signal);
    };
    trail.replaceChildren(el('p',
      { className: 'hint', textContent: 'Each page that you read is recorded with your name.' }), read);
  }
}
