// What one talk cost, and why: the proof of its charge, drawn and as tables.
import * as api from '../both/api.js';
import { trouble, waiting } from '../both/conditions.js';
import { byId, el, table } from '../both/dom.js';
import { change, exact, exactly } from '../both/exact.js';
import { clock, endReason, when } from '../both/format.js';
import { INDIA, monthName, monthOf } from '../both/months.js';
import { hasWords, locale, number, wordNodes, words } from '../both/words.js';
import { allTalks, planButton } from './history.js';
import { timeline } from './proof-timeline.js';
import { adjustment, cost, costText } from './talk-cost.js';

/** What the place shows or waits for; an answer for an earlier talk is dropped. */
let shown = null;

/**
 * Shows the talk of an address.
 * @returns the title of the view, once it is known
 */
export async function showTalk(id) {
  const mine = {};
  shown = mine;
  byId('talk-record-title').textContent = words('record.one');
  byId('talk-record').replaceChildren(waiting(words('record.waiting')));
  await read(id, () => shown === mine && byId('talk-record')?.isConnected);
  return byId('talk-record-title')?.textContent;
}

async function read(id, isWanted) {
  /** @type {`/sessions/${string}`} */
  const path = `/sessions/${encodeURIComponent(id)}`;
  try {
    const talk = await api.get(path);
    if (!isWanted()) return;
    byId('talk-record-title').textContent = talk.created_at ? words('record.of', { time: when(talk.created_at) }) : words('record.one');
    const proof = talk.settled ? await api.get(`${path}/proof`) : null;
    const others = proof && isOfMany(talk, proof) ? await othersOfConversation(talk) : [];
    if (!isWanted()) return;
    if (proof) byId('talk-record').replaceChildren(...record(talk, proof, others));
    else unsettled(id, talk, isWanted);
  } catch (error) {
    if (!isWanted()) return;
    if (error.code === 'session_live') unsettled(id, null, isWanted);
    else if (error.status === 404 || error.status === 400) byId('talk-record').replaceChildren(el('p', { textContent: words('plan.noTalk') }));
    else byId('talk-record').replaceChildren(trouble(error, () => read(id, isWanted)));
  }
}

/** Looks again by itself: a talk that is over is settled within seconds. */
function unsettled(id, talk, isWanted) {
  const text = words(talk && talk.state !== 'ended' ? 'record.goesOn' : 'record.settling');
  if (byId('talk-record').textContent !== text) byId('talk-record').replaceChildren(waiting(text));
  // Another view may have taken its place: the address brings it back.
  setTimeout(() => { if (isWanted() && (byId('talk-record').checkVisibility?.() ?? true)) read(id, isWanted); }, 3000);
}

/** Whether the conversation may have other talks, too: this one was cut off, or the agent's record has more or less of it. */
const isOfMany = (talk, { charged_ms: charged, provider }) => Boolean(talk.conversation_id)
  && (talk.end_reason === 'gap' || provider.duration_ms !== undefined && Math.abs(provider.duration_ms - charged) >= 1000);

/** The other talks of a talk's conversation, as far as they can be read. A talk that goes on with another one follows it. */
async function othersOfConversation(talk) {
  const talks = allTalks();
  const isOfIt = (item) => item.conversation_id === talk.conversation_id;
  try {
    await talks.while((item) => item.created_at >= talk.created_at || isOfIt(item));
  } catch { /* Those that were read have to do. */ }
  return talks.items.filter((item) => isOfIt(item) && item.id !== talk.id && item.charged_ms > 0);
}

/** @param others the other talks of the conversation, the newest first */
function record(talk, proof, others) {
  const month = proof.settled_at && monthOf(proof.settled_at, INDIA);
  const textContent = month && words('statement.of', { month: monthName(month) });
  const statement = month && el('a', { className: 'button', href: `/statement/${month}`, textContent });
  return [
    el('p', { className: 'figure' }, costText(talk), ' ', el('span', { className: 'hint', textContent: words('record.ofTalkTime') })),
    el('p', { className: 'ended', textContent: words('ending.plain', { end: endReason(talk.end_reason) }) }),
    ...verdict(talk, proof, others).map((textContent) => el('p', { textContent })),
    el('div', { className: 'actions choices tools' }, planButton(talk), statement),
    el('h3', { textContent: words('record.counted') }),
    proof.beats.count ? timeline(proof, talk, others) : null,
    figures(talk, proof, others),
    ...conversation(others),
    ...pauses(proof),
    el('h3', { textContent: words('record.wallet') }),
    proof.entries.length ? entries(proof) : el('p', { className: 'hint', textContent: words('record.neverHeld') }),
    ...otherChanges(proof),
    el('p', { className: 'hint' }, ...wordNodes('record.nameIt', { id: el('code', { textContent: proof.id }) })),
  ].filter(Boolean);
}

/** What became of the charge afterwards, in words. */
function verdict(talk, proof, others) {
  const { charged_ms: charged, provider, forgiven_ms: forgiven, conversation_id: conversation, check } = proof;
  const told = [];
  if (adjustment(talk, others)) {
    told.push(adjustment(talk, others), words('record.rule'));
  } else if (provider.duration_ms !== undefined && others.length) {
    told.push(words(provider.adjusted_ms ? 'record.adjustedWithLast' : 'record.unchangedOfAll', { time: clock(provider.duration_ms) }));
  } else if (provider.duration_ms !== undefined) {
    told.push(Math.abs(provider.duration_ms - charged) < 1000 ? words('record.agrees')
      : words('record.unchanged', { time: clock(provider.duration_ms) }));
  } else if (conversation && charged > 0) {
    told.push(words('record.unknown'));
  }
  if (forgiven > 0) told.push(words('record.forgiven', { time: exactly(forgiven) }));
  told.push(words(check.agrees ? 'record.checked' : 'record.unchecked'));
  return told;
}

const precise = (time) => new Intl.DateTimeFormat(locale(), { hour: 'numeric', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }).format(new Date(time));
const toTheSecond = (time) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(time));

function figures(talk, { charged_ms: charged, beats, gaps, forgiven_ms: forgiven, provider }, others) {
  const last = beats.charged_to_last_ms;
  // What was given back or charged for a conversation is with its last talk.
  const hasDifference = provider.adjusted_ms && !(others.length && cost(talk) === charged);
  return list([
    [words('record.beats'), number(beats.count)],
    [words('record.first'), beats.first_at && precise(beats.first_at)],
    [words('record.last'), beats.last_at && precise(beats.last_at)],
    [words('record.toLast'), last === undefined ? null : exact(last)],
    [words('record.afterLast'), last === undefined ? null : exact(charged - last)],
    [words('record.charged'), exact(charged)],
    [words('record.pauses'), gaps?.count ? number(gaps.count) : null],
    [words('record.pausesSum'), gaps?.count ? exact(gaps.total_ms) : null],
    [words('record.away'), forgiven > 0 ? exact(forgiven) : null],
    [words(others.length ? 'record.callOfAll' : 'record.call'), provider.duration_ms === undefined ? null : exact(provider.duration_ms)],
    [words('record.difference'), hasDifference ? change(provider.adjusted_ms) : null],
    [words('record.cost'), talk.final_charge_ms === undefined ? null : exact(talk.final_charge_ms)],
  ]);
}

const list = (rows) => el('dl', { className: 'figures' }, ...rows.filter(([, value]) => value !== null && value !== undefined && value !== '')
  .map(([name, value]) => el('div', {}, el('dt', { textContent: name }), el('dd', {}, value))));

/** The way to the other talks of the conversation. */
function conversation(others) {
  if (!others.length) return [];
  return [
    el('h4', { textContent: words('record.ofConversation') }),
    el('ul', {}, ...others.map((talk) => el('li', {},
      el('a', { href: `/talks/${talk.id}`, textContent: words('record.of', { time: when(talk.created_at) }) }), ` ${costText(talk)}`))),
  ];
}

function pauses({ gaps }) {
  if (!gaps?.items.length) return [];
  const note = gaps.count > gaps.items.length ? words('record.firstOf', { count: number(gaps.items.length), total: number(gaps.count) }) : '';
  return [
    el('h4', { textContent: words('record.thePauses') }),
    table([words('record.at'), words('record.length'), words('record.charged')], gaps.items.map((gap) => [exact(gap.at_ms), exact(gap.length_ms), exact(gap.charged_ms)])),
    note ? el('p', { className: 'hint', textContent: note }) : null,
  ];
}

const kinds = {
  hold: () => words('record.kind.hold'), release: () => words('record.kind.release'), settlement: () => words('record.kind.settlement'),
  adjustment: (worth) => words(worth < 0 ? 'record.kind.later' : 'record.kind.back'),
};

const worthOf = ({ available_delta_ms: available, held_delta_ms: held, owed_delta_ms: owed }) => available + held - owed;

/** The column for what is owed stands there only if something was. */
function entries({ entries: items }) {
  const isOwed = items.some(({ owed_delta_ms: owed }) => owed);
  return table(
    [words('table.when'), words('table.what'), words('record.available'), words('record.held'), ...(isOwed ? [words('record.owed')] : [])],
    items.map((entry) => [
      toTheSecond(entry.at), kinds[entry.kind]?.(worthOf(entry)) ?? entry.kind, change(entry.available_delta_ms), change(entry.held_delta_ms),
      ...(isOwed ? [change(entry.owed_delta_ms)] : []),
    ]));
}

/** What other entries of a wallet are, by their kind. */
function otherKind(kind) {
  const key = kind === 'release' ? 'record.kind.release' : `record.other.${kind}`;
  return hasWords(key) ? words(key) : kind;
}

function otherChanges({ wallet_changes: items }) {
  const moved = items.filter(({ amount_ms: amount }) => amount);
  if (!moved.length) return [];
  return [
    el('h4', { textContent: words('record.others') }),
    table([words('table.when'), words('table.what'), words('record.change'), words('record.reached')], moved.map((item) => [
      toTheSecond(item.at), otherKind(item.kind), change(item.amount_ms),
      words(item.heard === undefined ? 'record.notRecorded' : item.heard ? 'common.yes' : 'common.no'),
    ])),
  ];
}
