// What one talk cost, and why: the proof of its charge, drawn and as tables.
import * as api from '../both/api.js';
import { trouble, waiting } from '../both/conditions.js';
import { byId, el, table } from '../both/dom.js';
import { change, exact, exactly } from '../both/exact.js';
import { clock, endReason, when } from '../both/format.js';
import { INDIA, monthName, monthOf } from '../both/months.js';
import { planButton } from './history.js';
import { timeline } from './proof-timeline.js';
import { adjustment, cost } from './talk-cost.js';

/** What the place shows or waits for; an answer for an earlier talk is dropped. */
let shown = null;

/**
 * Shows the talk of an address.
 * @returns the title of the view, once it is known
 */
export async function showTalk(id) {
  const mine = {};
  shown = mine;
  byId('talk-record-title').textContent = 'One talk';
  byId('talk-record').replaceChildren(waiting('The talk is being looked up…'));
  await read(id, () => shown === mine && byId('talk-record')?.isConnected);
  return byId('talk-record-title')?.textContent;
}

async function read(id, isWanted) {
  /** @type {`/sessions/${string}`} */
  const path = `/sessions/${encodeURIComponent(id)}`;
  try {
    const talk = await api.get(path);
    if (!isWanted()) return;
    byId('talk-record-title').textContent = talk.created_at ? `Talk of ${when(talk.created_at)}` : 'One talk';
    const proof = talk.settled ? await api.get(`${path}/proof`) : null;
    if (!isWanted()) return;
    if (proof) byId('talk-record').replaceChildren(...record(talk, proof));
    else unsettled(id, talk, isWanted);
  } catch (error) {
    if (!isWanted()) return;
    if (error.code === 'session_live') unsettled(id, null, isWanted);
    else if (error.status === 404 || error.status === 400) byId('talk-record').replaceChildren(el('p', { textContent: 'This account has no such talk.' }));
    else byId('talk-record').replaceChildren(trouble(error, () => read(id, isWanted)));
  }
}

/** Looks again by itself: a talk that is over is settled within seconds. */
function unsettled(id, talk, isWanted) {
  const words = talk && talk.state !== 'ended' ? 'This talk goes on. What it cost stands here once it is over.'
    : 'This talk is being settled. What it cost stands here in a moment.';
  if (byId('talk-record').textContent !== words) byId('talk-record').replaceChildren(waiting(words));
  // Another view may have taken its place: the address brings it back.
  setTimeout(() => { if (isWanted() && (byId('talk-record').checkVisibility?.() ?? true)) read(id, isWanted); }, 3000);
}

function record(talk, proof) {
  const month = proof.settled_at && monthOf(proof.settled_at, INDIA);
  const statement = month && el('a', { className: 'button', href: `/statement/${month}`, textContent: `Statement of ${monthName(month)}` });
  return [
    el('p', { className: 'figure' }, clock(cost(talk)), ' ', el('span', { className: 'hint', textContent: 'of talk time' })),
    el('p', { className: 'ended', textContent: `${endReason(talk.end_reason)}.` }),
    ...verdict(talk, proof).map((textContent) => el('p', { textContent })),
    el('div', { className: 'actions choices tools' }, planButton(talk), statement),
    el('h3', { textContent: 'How the time was counted' }),
    proof.beats.count ? timeline(proof, talk) : null,
    figures(talk, proof),
    ...pauses(proof),
    el('h3', { textContent: 'What it did to your wallet' }),
    proof.entries.length ? entries(proof) : el('p', { className: 'hint', textContent: 'Nothing was ever held for this talk.' }),
    ...others(proof),
    el('p', { className: 'hint' }, 'If you write to us about this talk, name it: ', el('code', { textContent: proof.id })),
  ].filter(Boolean);
}

/** What became of the charge afterwards, in words. */
function verdict(talk, proof) {
  const { charged_ms: charged, provider, forgiven_ms: forgiven, conversation_id: conversation, check } = proof;
  const words = [];
  if (adjustment(talk)) {
    words.push(adjustment(talk), 'Where the agent’s record and the heartbeats differ by more than five seconds, the cost follows the record, '
      + 'in either direction. Smaller differences are left alone until they come to more than a minute in a day.');
  } else if (provider.duration_ms !== undefined) {
    words.push(Math.abs(provider.duration_ms - charged) < 1000 ? 'The agent’s own record of the call agrees.'
      : `By the agent’s own record the call lasted ${clock(provider.duration_ms)}. The charge was not changed for it.`);
  } else if (conversation && charged > 0) {
    words.push('The agent’s own record of the call is not known yet. If it differs, the charge may still be changed.');
  }
  if (forgiven > 0) words.push(`${exactly(forgiven)} passed while our own system was away. That time is not charged.`);
  words.push(check.agrees ? 'The charge and the entries of your wallet agree.'
    : 'The charge and the entries of your wallet do not agree. Please write to us.');
  return words;
}

const precise = (time) => new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }).format(new Date(time));
const toTheSecond = (time) => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(time));
const number = (value) => new Intl.NumberFormat().format(value);

function figures(talk, { charged_ms: charged, beats, gaps, forgiven_ms: forgiven, provider }) {
  const last = beats.charged_to_last_ms;
  return list([
    ['Heartbeats', number(beats.count)],
    ['First heartbeat', beats.first_at && precise(beats.first_at)],
    ['Last heartbeat', beats.last_at && precise(beats.last_at)],
    ['Charged to the last heartbeat', last === undefined ? null : exact(last)],
    ['Charged after it', last === undefined ? null : exact(charged - last)],
    ['Charged', exact(charged)],
    ['Longer pauses between heartbeats', gaps?.count ? number(gaps.count) : null],
    ['All these pauses together', gaps?.count ? exact(gaps.total_ms) : null],
    ['Not charged, because we were away', forgiven > 0 ? exact(forgiven) : null],
    ['The call, by the agent’s own record', provider.duration_ms === undefined ? null : exact(provider.duration_ms)],
    ['Given back or charged for the difference', provider.adjusted_ms ? change(provider.adjusted_ms) : null],
    ['The cost in the end', talk.final_charge_ms === undefined ? null : exact(Math.max(0, talk.final_charge_ms))],
  ]);
}

const list = (rows) => el('dl', { className: 'figures' }, ...rows.filter(([, value]) => value !== null && value !== undefined && value !== '')
  .map(([name, value]) => el('div', {}, el('dt', { textContent: name }), el('dd', {}, value))));

function pauses({ gaps }) {
  if (!gaps?.items.length) return [];
  const note = gaps.count > gaps.items.length ? `These are the first ${number(gaps.items.length)} of ${number(gaps.count)}.` : '';
  return [
    el('h4', { textContent: 'The longer pauses' }),
    table(['In the talk at', 'Length', 'Charged'], gaps.items.map((gap) => [exact(gap.at_ms), exact(gap.length_ms), exact(gap.charged_ms)])),
    note ? el('p', { className: 'hint', textContent: note }) : null,
  ];
}

const kinds = {
  hold: () => 'Held for the talk', release: () => 'Released', settlement: () => 'Charged, and the rest released',
  adjustment: (worth) => (worth < 0 ? 'Charged later, by the agent’s record' : 'Given back, by the agent’s record'),
};

const worthOf = ({ available_delta_ms: available, held_delta_ms: held, owed_delta_ms: owed }) => available + held - owed;

/** The column for what is owed stands there only if something was. */
function entries({ entries: items }) {
  const isOwed = items.some(({ owed_delta_ms: owed }) => owed);
  return table(
    ['When', 'What', 'Available', 'Held', ...(isOwed ? ['Owed'] : [])],
    items.map((entry) => [
      toTheSecond(entry.at), kinds[entry.kind]?.(worthOf(entry)) ?? entry.kind, change(entry.available_delta_ms), change(entry.held_delta_ms),
      ...(isOwed ? [change(entry.owed_delta_ms)] : []),
    ]));
}

const otherKinds = {
  purchase: 'Minutes bought', grant: 'Minutes given', opening: 'Opening balance', refund: 'Taken by a refund',
  hold: 'Held for something else', release: 'Released', settlement: 'Another talk', adjustment: 'Corrected',
};

function others({ wallet_changes: items }) {
  const moved = items.filter(({ amount_ms: amount }) => amount);
  if (!moved.length) return [];
  return [
    el('h4', { textContent: 'What else changed your wallet during the talk' }),
    table(['When', 'What', 'Change', 'Reached the talk'], moved.map((item) => [
      toTheSecond(item.at), otherKinds[item.kind] ?? item.kind, change(item.amount_ms),
      item.heard === undefined ? 'Not recorded' : item.heard ? 'Yes' : 'No',
    ])),
  ];
}
