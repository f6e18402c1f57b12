// Care plans: their waiting, and the dialog that shows one when it is asked for.
import * as api from '../both/api.js';
import { alarm, byId, el, notice } from '../both/dom.js';
import { words } from '../both/words.js';
import { isPaying } from './overlay.js';

const states = new Map();

/** What is known of a talk's plan without asking: `pending`, `ready`, `skipped`, `failed`, or `unknown`. */
export const planState = (id) => states.get(id) ?? 'unknown';

/** Waits for the plan of a talk that is over. It opens only when the user asks for it; a notice says that it is there. */
export async function awaitPlan(id, onChange) {
  states.set(id, 'pending');
  onChange();
  // No plan is written in less.
  await pause(1000);
  const answer = await fetchPlan(id).catch(() => ({ status: 'unknown' }));
  // The user may have signed out meanwhile.
  if (!byId('history')) return;
  states.set(id, answer.status);
  if (answer.status === 'ready') notice(words('plan.ready'));
  onChange();
}

document.addEventListener('user-left', () => states.clear());

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How long a plan is waited for; it may come by mail later. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Waits while the plan is being written, also through answers that will be others soon: the talk is not settled yet, the
 * service is away, or there is no connection.
 * @param {string} id
 * @param {() => boolean} isWanted whether anybody still waits; null is returned if not
 * @param {(reason: string) => void} onWait hears the reason of each wait
 */
async function fetchPlan(id, isWanted = () => true, onWait = () => {}) {
  const end = Date.now() + PATIENCE_MS;
  for (let least = 1; ; least = Math.min(least * 1.5, 20)) {
    const { body, seconds } = await look(id, least);
    if (!isWanted()) return null;
    if (body.status !== 'pending' || Date.now() + seconds * 1000 > end) return body;
    onWait(body.reason);
    await pause(seconds * 1000);
    if (!isWanted()) return null;
  }
}

/** @returns {Promise<{ body: any, seconds: number }>} */
async function look(id, least) {
  try {
    const { body, headers } = await api.call('GET', `/sessions/${encodeURIComponent(id)}/care-plan`);
    return { body, seconds: Number(headers.get('Retry-After')) || 2 };
  } catch (error) {
    if (!passes(error)) throw error;
    const reason = error.code === 'session_live' ? 'session_live' : 'unanswered';
    return { body: { status: 'pending', reason }, seconds: Math.max(error.retryAfter ?? 0, least) };
  }
}

/** Whether the same question may get another answer soon. */
function passes(error) {
  if (!(error instanceof api.APIError)) return error.name !== 'AbortError';
  return error.code === 'session_live' || error.status === 429 || error.status >= 500;
}

/** Opens the plan of a mailed link, which names the talk in its fragment. */
export async function openPlanFromLink() {
  const id = new URLSearchParams(location.hash.slice(1)).get('plan');
  if (!id) return;
  history.replaceState(null, '', location.pathname);
  await openPlan(id);
}

/** The opening of the dialog whose plan it shows. What comes for an earlier one is dropped. */
let opening = null;

export async function openPlan(id) {
  if (isPaying()) {
    notice(words('plan.payFirst'));
    return;
  }
  const [dialog, body] = [byId('plan'), byId('plan-body')];
  const mine = {};
  opening = mine;
  const isOpen = () => opening === mine && dialog.open && dialog.isConnected;
  const fill = (...nodes) => { if (isOpen()) body.replaceChildren(...nodes); };
  dialog.onclose = () => { if (!dialog.open) opening = null; };
  byId('print-plan').hidden = true;
  byId('print-plan').onclick = () => print();
  if (!dialog.open) dialog.showModal();
  fill(
    title(words('plan.title')), el('p', { id: 'plan-wait', role: 'status', textContent: words('plan.wait.otherwise') }),
    el('progress', { ariaLabel: words('history.plan.pending') }));
  try {
    const reasons = await import('./plan-reasons.js');
    const answer = await fetchPlan(id, isOpen, (reason) => {
      if (isOpen()) byId('plan-wait').textContent = reasons.waitWords(reason);
    });
    if (isOpen()) byId('print-plan').hidden = answer?.status !== 'ready';
    if (answer) fill(...(answer.status === 'ready' ? [...render(answer.plan), deletion(id, fill, reasons)] : sorry(answer, reasons)));
  } catch (error) {
    fill(title(words('plan.title')), el('p', { className: 'error', textContent: told(error) }));
  }
}

const title = (text) => el('h2', { id: 'plan-title', textContent: text });
const told = ({ code, message }) => (code === 'not_found' ? words('plan.noTalk') : words('plan.trouble', { why: message }));

function deletion(id, fill, reasons) {
  const button = el('button', { className: 'quiet', type: 'button', textContent: words('plan.delete') });
  button.onclick = async () => {
    if (!confirm(words('plan.confirmDelete'))) return;
    try {
      await api.call('DELETE', `/sessions/${encodeURIComponent(id)}/care-plan`);
      fill(...sorry({ status: 'skipped', reason: 'deleted' }, reasons));
      byId('print-plan').hidden = true;
    } catch (error) { alarm(error.message); }
  };
  return button;
}

const sorry = ({ status, reason }, { endWords, waitWords }) => (status === 'pending'
  ? [title(words('plan.notReady')), el('p', { textContent: waitWords(reason) }), el('p', { textContent: words('plan.lookLater') })]
  : [title(words('plan.none')), el('p', { textContent: endWords(reason) })]);

const list = (texts) => el('ul', {}, ...texts.map((text) => el('li', { textContent: text })));
const part = (heading, texts) => (texts.length ? [el('h3', { textContent: heading }), list(texts)] : []);

function render({ title, summary, concerns = [], goals = [], steps = [], follow_up: followUp, seek_help_if: warnings = [], notice, crisis_help: crisisHelp }) {
  const parts = [
    el('h2', { id: 'plan-title', textContent: title }), el('p', { textContent: summary }),
    ...part(words('plan.concerns'), concerns), ...part(words('plan.goals'), goals),
  ];
  if (crisisHelp) parts.unshift(el('section', { className: 'warning' }, el('p', { textContent: crisisHelp })));
  if (steps.length) parts.push(el('h3', { textContent: words('plan.steps') }), el('ol', {}, ...steps.map(step)));
  if (followUp) parts.push(el('p', { textContent: words('plan.followUp', { when: followUp }) }));
  if (warnings.length) parts.push(el('section', { className: 'warning' }, ...part(words('plan.seekHelp'), warnings)));
  if (notice) parts.push(el('p', { className: 'hint', textContent: notice }));
  return parts;
}

const step = ({ title, detail, due }) => el('li', {},
  el('strong', { textContent: due ? words('plan.due', { title, due }) : title }), el('p', { textContent: detail }));
