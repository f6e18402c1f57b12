import * as api from './api.js';
import { alarm, byId, el } from './dom.js';
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

function row(session) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: 'Care plan' });
  button.dataset.plan = session.id;
  button.onclick = () => openPlan(session.id);
  return el('tr', {},
    el('td', { textContent: when(session.created_at) }), el('td', { textContent: clock(cost(session)) }),
    el('td', { textContent: endReason(session.end_reason) }), el('td', {}, session.charged_ms > 0 ? button : ''));
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits while the plan is being written, for five minutes at most. */
async function fetchPlan(id) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const answer = await api.call('GET', `/sessions/${encodeURIComponent(id)}/care-plan`);
    if (answer.status === 200) return answer.body;
    await pause((Number(answer.headers.get('Retry-After')) || 2) * 1000);
  }
  return { status: 'pending' };
}

/** Opens the plan of a mailed link, which names the talk in its fragment. */
export async function openPlanFromLink() {
  const id = new URLSearchParams(location.hash.slice(1)).get('plan');
  if (!id) return;
  history.replaceState(null, '', location.pathname);
  await openPlan(id);
}

export async function openPlan(id) {
  const dialog = byId('plan');
  const body = byId('plan-body');
  body.replaceChildren(el('h2', { id: 'plan-title', textContent: 'Your care plan' }), el('p', { textContent: 'It is being written…' }));
  dialog.showModal();
  try {
    const answer = await fetchPlan(id);
    body.replaceChildren(...(answer.status === 'ready' ? [...render(answer.plan), deletion(id)] : sorry(answer)));
  } catch (error) {
    dialog.close();
    alarm(error.message);
  }
}

function deletion(id) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: 'Delete this plan' });
  button.onclick = async () => {
    if (!confirm('Delete this plan for good?')) return;
    try {
      await api.call('DELETE', `/sessions/${encodeURIComponent(id)}/care-plan`);
      byId('plan-body').replaceChildren(...sorry({ status: 'skipped', reason: 'deleted' }));
    } catch (error) { alarm(error.message); }
  };
  return button;
}

const reasons = {
  no_conversation: 'Nothing was said, so there is nothing to plan.', nothing_said: 'Nothing was said, so there is nothing to plan.',
  deleted: 'You have deleted it.', expired: 'It is no longer kept.',
};

const sorry = ({ status, reason }) => [
  el('h2', { id: 'plan-title', textContent: status === 'pending' ? 'Not ready yet' : 'No care plan for this talk' }),
  el('p', { textContent: status === 'pending' ? 'It is still being written. Look again later.' : reasons[reason] || 'It could not be written this time.' }),
];

const list = (texts) => el('ul', {}, ...texts.map((text) => el('li', { textContent: text })));
const part = (heading, texts) => (texts.length ? [el('h3', { textContent: heading }), list(texts)] : []);

function render({ title, summary, concerns = [], goals = [], steps = [], follow_up: followUp, seek_help_if: warnings = [], notice, crisis_help: crisisHelp }) {
  const parts = [
    el('h2', { id: 'plan-title', textContent: title }), el('p', { textContent: summary }),
    ...part('What worries you', concerns), ...part('What you want to reach', goals),
  ];
  if (crisisHelp) parts.unshift(el('section', { className: 'warning' }, el('p', { textContent: crisisHelp })));
  if (steps.length) parts.push(el('h3', { textContent: 'Your next steps' }), el('ol', {}, ...steps.map(step)));
  if (followUp) parts.push(el('p', { textContent: `Look at it again: ${followUp}` }));
  if (warnings.length) parts.push(el('section', { className: 'warning' }, ...part('Seek help if', warnings)));
  if (notice) parts.push(el('p', { className: 'hint', textContent: notice }));
  return parts;
}

const step = ({ title, detail, due }) => el('li', {},
  el('strong', { textContent: due ? `${title} (by ${due})` : title }), el('p', { textContent: detail }));
