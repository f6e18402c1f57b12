import * as api from '../both/api.js';
import { openPlan, planState } from './care-plan.js';
import { byId, el, table } from '../both/dom.js';
import { clock, endReason, when } from '../both/format.js';

export async function showHistory() {
  const place = byId('history');
  if (!place) return;
  const { items } = await api.get('/sessions?limit=20');
  const ended = items.filter(({ state }) => state === 'ended');
  if (!ended.length) {
    place.replaceChildren(el('p', { className: 'hint', textContent: 'Nothing yet. Your talks and their care plans appear here.' }));
    return;
  }
  // A list that is shown again keeps the focus on the same talk.
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.plan : null;
  place.replaceChildren(table(['When', 'Talked', 'How it ended', { unseen: 'Care plan' }], ended.map(row)));
  if (focused) place.querySelector(`[data-plan="${focused}"]`)?.focus();
}

/** The cost of a talk: the reconciled charge, once the provider has reported the duration. */
const cost = (session) => Math.max(0, session.final_charge_ms ?? session.charged_ms);

/** Why the cost is not what was charged at the end of the talk, in a sentence; empty if it is. */
function adjustment(session) {
  const [first, last] = [session.charged_ms, cost(session)];
  // Whole seconds, so that what is shown adds up.
  const seconds = Math.floor(last / 1000) - Math.floor(first / 1000);
  if (!session.adjustment_ms || !seconds) return '';
  const change = clock(Math.abs(seconds) * 1000);
  const why = session.provider_duration_ms === undefined ? ''
    : `: by the agent’s own record the call lasted ${clock(session.provider_duration_ms)}`;
  return `Charged ${clock(first)} at first, and ${change} ${seconds > 0 ? 'more later' : 'given back'}${why}.`;
}

function costAndWhy(session) {
  const why = adjustment(session);
  return [clock(cost(session)), why ? el('span', { className: 'why hint', textContent: why }) : null];
}

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
  return [when(session.created_at), costAndWhy(session), endReason(session.end_reason), session.charged_ms > 0 ? button : null];
}
