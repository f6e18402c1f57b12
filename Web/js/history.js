import * as api from './api.js';
import { openPlan, planState } from './care-plan.js';
import { byId, el } from './dom.js';
import { clock, endReason, when } from './format.js';

export async function showHistory() {
  const place = byId('history');
  if (!place) return;
  const { items } = await api.get('/sessions?limit=20');
  const ended = items.filter(({ state }) => state === 'ended');
  if (!ended.length) {
    place.replaceChildren(el('p', { className: 'hint', textContent: 'Nothing yet. Your talks and their care plans appear here.' }));
    return;
  }
  const head = el('tr', {}, ...['When', 'Talked', 'How it ended', ''].map((text) => el('th', { scope: 'col', textContent: text })));
  const table = el('table', {}, el('thead', {}, head), el('tbody', {}, ...ended.map(row)));
  place.replaceChildren(el('div', { className: 'scroll', tabIndex: 0 }, table));
}

/** The cost of a talk: the reconciled charge, once the provider has reported the duration. */
const cost = (session) => Math.max(0, session.final_charge_ms ?? session.charged_ms);

const planWords = {
  unknown: 'Care plan', pending: 'Your care plan is being written', ready: 'Read your care plan',
  skipped: 'Why there is no care plan', failed: 'Why there is no care plan',
};

function row(session) {
  const state = planState(session.id);
  const button = el('button', { className: 'quiet', type: 'button', textContent: planWords[state] });
  button.dataset.plan = session.id;
  button.dataset.state = state;
  button.onclick = () => openPlan(session.id);
  return el('tr', {},
    el('td', { textContent: when(session.created_at) }), el('td', { textContent: clock(cost(session)) }),
    el('td', { textContent: endReason(session.end_reason) }), el('td', {}, session.charged_ms > 0 ? button : ''));
}
