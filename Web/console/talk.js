// One talk: what it cost, and why.
import * as api from '../both/api.js';
import { empty } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { endReason } from '../both/format.js';
import { fill } from '../both/places.js';
import { dataTable } from './data-table.js';
import { count, talkTime, time } from './format.js';
import { endButton, liveTalks } from './live.js';
import { may } from './operator.js';
import { facts, section } from './parts.js';

const userLink = (id) => el('a', { href: `#users/${id}`, className: 'code', textContent: id });

/** The proof, or the talk among those that are live. */
async function read(id) {
  try {
    return { proof: await api.get(`/sessions/${id}/proof`) };
  } catch (error) {
    if (error.code !== 'session_live') throw error;
    const { talks } = await liveTalks();
    return { live: talks.find((talk) => talk.id === id) ?? null };
  }
}

export function showTalk(place, [id], query, signal) {
  const body = el('div', { className: 'stack' });
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Talk' }),
    el('p', { className: 'hint code', textContent: id })), body);
  const look = () => fill(body, () => read(id), ({ proof, live }) =>
    (proof ? paintProof(proof) : paintLive(live, look)), signal);
  look();
}

function paintLive(talk, again) {
  if (!talk) return section('Not settled yet',
    empty('The talk is over, and its charge is not in the ledger yet. Look again in a moment.'));
  return section('Live', facts([
    ['User', userLink(talk.user_id)], ['State', talk.state], ['Since', time(talk.connected_at)],
    ['Charged so far', talkTime(talk.charged_ms)], ['Left', talkTime(talk.remaining_ms)],
      ['Heartbeats', count(talk.beats)],
    ['Conversation', talk.conversation_id],
  ]), may('admin') ? el('div', { className: 'actions' }, endButton(talk, again, false)) : null);
}

const milliseconds = (head, of) => ({ head, of, isNumber: true,
  show: (row) => (of(row) === undefined ? null : talkTime(of(row))) });
const moment = (head, of) => ({ head, of, show: (row) => time(of(row)) });

function list(name, label, nothing, columns, items) {
  const table = dataTable({ name, label, nothing, columns, id: (item) => item.reference ?? `${item.at}${item.at_ms}` });
  table.set(items);
  return section(label, table.node);
}

function paintProof(proof) {
  const { check, beats, gaps, provider } = proof;
  const verdict = el('p', { className: check.agrees ? 'verdict' : 'verdict bad', textContent: check.agrees
    ? `The ledger took ${talkTime(check.entries_ms)}, which is the charge.`
    : `The ledger took ${talkTime(check.entries_ms)}, the charge is ${talkTime(check.charged_ms)}: they differ.` });
  const file = `talk-${proof.id}`;
  return [
    section('What it cost', verdict, facts([
      ['User', userLink(proof.user_id)], ['Began', time(proof.created_at)], ['Settled', time(proof.settled_at)],
      ['End', proof.end_reason && `${endReason(proof.end_reason)} (${proof.end_reason})`],
      ['Charged', talkTime(proof.charged_ms)], ['Forgiven', talkTime(proof.forgiven_ms)],
      ['Heartbeats', beats.count ? `${count(beats.count)}, from ${time(beats.first_at)} until ${time(beats.last_at)}`
        : 'none'],
      ['Charged to the last beat', beats.charged_to_last_ms === undefined ? null : talkTime(beats.charged_to_last_ms)],
      ['By the provider', provider.duration_ms === undefined ? 'not reported' : talkTime(provider.duration_ms)],
      ['Given back by it', talkTime(provider.adjusted_ms)], ['Conversation', proof.conversation_id],
        ['Agent', proof.agent_id],
    ])),
    list(`${file}-ledger`, 'Entries of the ledger', 'The ledger has no entry of it.', [
      moment('When', (entry) => entry.at), { head: 'Kind', of: (entry) => entry.kind },
      milliseconds('Available', (entry) => entry.available_delta_ms),
        milliseconds('Held', (entry) => entry.held_delta_ms),
      milliseconds('Owed', (entry) => entry.owed_delta_ms), { head: 'Version', isNumber: true,
        of: (entry) => entry.wallet_version },
      { head: 'Reference', of: (entry) => entry.reference, show: ({ reference }) =>
        el('span', { className: 'code', textContent: reference }) },
    ], proof.entries),
    list(`${file}-gaps`, `Gaps between heartbeats: ${count(gaps.count)}, ${talkTime(gaps.total_ms)} in all`,
      'No gap was longer than 7.5 s.', [
      milliseconds('At', (gap) => gap.at_ms), milliseconds('Length', (gap) => gap.length_ms),
        milliseconds('Charged', (gap) => gap.charged_ms),
    ], gaps.items),
    list(`${file}-slices`, 'What was held for it', 'Nothing was held.', [
      moment('When', (slice) => slice.at), milliseconds('Held', (slice) => slice.amount_ms),
      milliseconds('So far', (slice) => slice.cumulative_ms),
        { head: 'Version', isNumber: true, of: (slice) => slice.wallet_version },
    ], proof.grants),
    list(`${file}-wallet`, 'Other changes of the wallet meanwhile', 'The wallet was not changed meanwhile.', [
      moment('When', (change) => change.at), { head: 'Kind', of: (change) => change.kind },
      milliseconds('Change', (change) => change.amount_ms),
      { head: 'Reached the talk', of: (change) => (change.heard === undefined ? null : change.heard ? 'yes' : 'no') },
    ], proof.wallet_changes),
  ];
}
