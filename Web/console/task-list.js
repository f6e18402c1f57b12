// What tables of tasks have in common.
import { el } from '../both/dom.js';
import { dataTable } from './data-table.js';
import { time } from './format.js';

export const states = ['pending', 'running', 'completed', 'failed', 'cancelled', 'parked'];

/** What is over and was no failure steps back. */
const kinds = { failed: 'bad', completed: 'rest', cancelled: 'rest' };

export const stateChip = (state) => el('span', { className: `chip ${kinds[state] ?? ''}`, textContent: state });

/** The ids of tasks begin with their time, so that their ends tell them apart. */
export const taskTable = (name, label, nothing) => dataTable({
  name, label, nothing, columns: [
    { head: 'Task', of: (task) => task.id, show: (task) => el('a',
      { href: `#tasks/${task.id}`, className: 'code', textContent: task.id.slice(-8), title: task.id }) },
    { head: 'Type', of: (task) => task.type },
    { head: 'State', of: (task) => task.state, show: (task) => stateChip(task.state) },
    { head: 'Error', of: (task) => task.error_code ?? null },
    { head: 'Attempts', isNumber: true, of: (task) => task.attempts },
    { head: 'Created', of: (task) => task.created_at, show: (task) => time(task.created_at) },
    { head: 'Ended', of: (task) => task.completed_at ?? null, show: (task) => time(task.completed_at) },
  ],
});
