// One task with its failed attempts.
import * as api from '../both/api.js';
import { el } from '../both/dom.js';
import { repaint } from '../both/places.js';
import { dataTable } from './data-table.js';
import { actButton, reason } from './dialog.js';
import { age, count, time } from './format.js';
import { may } from './operator.js';
import { stateChip } from './task-list.js';
import { facts, section } from './parts.js';
import { follow, staleNote } from './up-to-date.js';

const canRetry = new Set(['failed', 'cancelled', 'parked']);
const canCancel = new Set(['pending', 'parked', 'running']);
const OFTEN_MS = 5000;

export function showTask(place, [id], query, signal) {
  const [body, note] = [el('div', { className: 'stack' }), staleNote()];
  place.append(el('header', { className: 'head' }, el('h1', { tabIndex: -1, textContent: 'Task' }),
    el('p', { className: 'hint code', textContent: id })), note, body);
  let shown = null;
  const paint = (task) => {
    shown = JSON.stringify(task);
    return paintTask(task);
  };
  follow(body, note, {
    load: () => api.get(`/tasks/${id}`), paint,
    // What is read is not taken from under the reader's eyes while nothing has changed.
    update: (task) => { if (JSON.stringify(task) !== shown) repaint(body, paint(task)); },
  }, OFTEN_MS, signal);

  /** @type {(verb: string, path: 'retry' | 'cancel', text: string, isDanger: boolean, told: string) => any} */
  const act = (verb, path, text, isDanger, told) => actButton(`${verb}…`, () => ({
    title: `${verb} this task`, button: verb, isDanger, fields: [reason], text,
    send: ({ reason: why }) => api.post(`/tasks/${id}/${path}`, { reason: why }),
  }), (task) => {
    repaint(body, paint(task));
    return told;
  });

  function paintTask(task) {
    const acts = may('admin') ? [
      canRetry.has(task.state) ? act('Retry', 'retry', 'It is tried again from the first attempt.', false,
        'The task is tried again.') : null,
      canCancel.has(task.state) ? act('Cancel', 'cancel', 'It is not done. If it runs, it is asked to stop.', true,
        'The task is cancelled, or is asked to stop if it runs.') : null,
    ] : [];
    const attempts = dataTable({
      name: `task-${id}`, label: 'Failed attempts', id: (failure) => failure.attempt + failure.failed_at,
      nothing: 'No attempt has failed.', columns: [
        { head: 'Attempt', isNumber: true, of: (failure) => failure.attempt },
        { head: 'Error', of: (failure) => failure.error_code },
        { head: 'When', of: (failure) => failure.failed_at, show: (failure) => time(failure.failed_at) },
        { head: 'Took', isNumber: true, of: (failure) => failure.duration_ms ?? null,
          show: (failure) => (failure.duration_ms === undefined ? null : age(failure.duration_ms)) },
        { head: 'Worker', of: (failure) => failure.worker ?? null },
      ],
    });
    attempts.set(task.failures ?? []);
    return [section(task.type, facts([
      ['State', stateChip(task.state)], ['Error', task.error_code], ['Attempts', count(task.attempts)],
      ['Created', time(task.created_at)], ['Began', task.started_at && time(task.started_at)],
        ['Ended', task.completed_at && time(task.completed_at)],
    ]), el('div', { className: 'actions' }, ...acts.filter(Boolean))), section('Failed attempts', attempts.node)];
  }
}
