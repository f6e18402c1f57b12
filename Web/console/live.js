// The talks that go on, and whether new ones may start.
import * as api from '../both/api.js';
import { el } from '../both/dom.js';
import { dataTable } from './data-table.js';
import { actButton, reason } from './dialog.js';
import { age, count, talkTime, time } from './format.js';
import { may } from './operator.js';
import { follow, staleNote } from './up-to-date.js';

const OFTEN_MS = 10_000;
const MOST_PAGES = 5;

/** All live talks, up to a number. */
export async function liveTalks() {
  const talks = [];
  let cursor = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next_cursor: next } = await api.get(`/sessions/live?limit=100${cursor ? `&cursor=${cursor}` : ''}`);
    talks.push(...items);
    cursor = next;
    if (!cursor) break;
  }
  return { talks, isCut: Boolean(cursor) };
}

/** A button that ends one talk. `isQuiet` where it stands in a row of a list. */
export const endButton = (talk, done, isQuiet = true) => actButton('End…', () => ({
  title: 'End this talk', isDanger: true, button: 'End the talk', fields: [reason],
  text: `The talk ${talk.id} ends now, and is charged to this moment. The user sees that support has ended it.`,
  send: ({ reason: why }) => api.post(`/sessions/${talk.id}/end`, { reason: why }),
}), ({ charged_ms: charged, settled }) => {
  done();
  return settled ? `The talk has ended. It is charged with ${talkTime(charged)}.`
    : `The talk has ended. It is charged with ${talkTime(charged)}, which is not in the ledger yet.`;
}, { isQuiet, label: `End the talk ${talk.id}` });

const userLink = (id) => el('a', { href: `#users/${id}`, className: 'code', textContent: id.slice(0, 8), title: id });
const talkLink = (id) => el('a', { href: `#talks/${id}`, className: 'code', textContent: id });

export function showLive(place, parts, query, signal) {
  const hint = el('p', { className: 'hint', textContent: 'Looks every ten seconds.' });
  const [list, note] = [el('div', {}), staleNote()];
  const state = el('p', { id: 'drain-state', textContent: 'It is not known yet whether they may start.' });
  const acts = el('div', { className: 'actions' });
  let isDraining = null;

  /** @type {any[]} */
  const columns = [
    { head: 'Talk', of: ({ id }) => id, show: ({ id }) => talkLink(id) },
    { head: 'User', of: ({ user_id: user }) => user, show: ({ user_id: user }) => userLink(user) },
    { head: 'State', of: (talk) => talk.state },
    { head: 'Since', of: (talk) => talk.connected_at, show: (talk) => time(talk.connected_at) },
    { head: 'Last beat', isNumber: true, of: (talk) => talk.last_beat_age_ms,
      show: (talk) => (talk.last_beat_age_ms === undefined ? null : `${age(talk.last_beat_age_ms)} ago`) },
    { head: 'Charged', isNumber: true, of: (talk) => talk.charged_ms, show: (talk) => talkTime(talk.charged_ms) },
    { head: 'Left', isNumber: true, of: (talk) => talk.remaining_ms, show: (talk) => talkTime(talk.remaining_ms) },
    { head: 'Beats', isNumber: true, of: (talk) => talk.beats, show: (talk) => count(talk.beats) },
  ];
  if (may('admin')) columns.push({ head: 'Acts', isAct: true, show: (talk) => endButton(talk, look) });
  const table = dataTable({ name: 'live-talks', label: 'Live talks', columns, nothing: 'Nobody talks just now.' });

  const paintDrain = (drain) => {
    state.textContent = drain.draining
      ? `No new talk starts since ${time(drain.since)}. The reason: ${drain.reason ?? 'none was given'}`
      : 'New talks may start.';
    if (isDraining === drain.draining || !may('admin')) return;
    isDraining = drain.draining;
    acts.replaceChildren(isDraining ? resume() : start());
  };
  const start = () => actButton('Let no new talk start…', () => ({
    title: 'Let no new talk start', isDanger: true, button: 'Start draining', fields: [reason],
    text: 'Talks that are live go on. Whoever wants to begin one is told to try later.',
    send: ({ reason: why }) => api.post('/sessions/drain', { reason: why }),
  }), (drain) => { paintDrain(drain); return 'No new talk starts from now on.'; });
  const resume = () => actButton('Let talks start again…', () => ({
    title: 'Let talks start again', button: 'End draining', fields: [reason],
    send: async ({ reason: why }) => (await api.call('DELETE', '/sessions/drain', { body: { reason: why } })).body,
  }), (drain) => { paintDrain(drain); return 'New talks may start again.'; });

  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Live talks' }), hint), note,
    el('section', { className: 'card' }, list),
    el('section', { className: 'card' }, el('h2', { textContent: 'New talks', tabIndex: -1 }), state, acts));

  const load = () => Promise.all([liveTalks(), api.get('/sessions/drain')]);
  const update = ([{ talks, isCut }, drain]) => {
    table.set(talks);
    paintDrain(drain);
    hint.textContent = isCut ? 'Only the first 500 talks are shown.' : 'Looks every ten seconds.';
  };
  const paint = (found) => {
    update(found);
    return table.node;
  };
  // After an act. If it fails, the next look says so.
  const look = () => load().then((found) => { if (!signal.aborted) update(found); }, () => {});
  follow(list, note, { load, paint, update }, OFTEN_MS, signal);
}

/** A button that ends all talks of a user, whose name is read when it is pressed. */
export const endAllButton = (user, name, done) => actButton('End live talks…', () => ({
  title: 'End the live talks of this user', isDanger: true, button: 'End them', fields: [reason],
  text: [`The live talks of ${name()} end now, and are charged to this moment.`, `The account: ${name()}, ${user}.`],
  send: ({ reason: why }) => api.post(`/sessions/users/${user}/end`, { reason: why }),
}), ({ items }) => {
  done();
  if (!items.length) return 'No talk of this user was live.';
  const sum = items.reduce((total, talk) => total + talk.charged_ms, 0);
  return `Talks that have ended: ${count(items.length)}. They are charged with ${talkTime(sum)}.`;
});
