// A table that sorts, pages, and is saved as CSV.
import { empty, why } from '../both/conditions.js';
import { el } from '../both/dom.js';
import { count } from './format.js';
import { download } from './csv.js';

const PAGE = 25;
/** A page of the server may be empty and not the last one. So many of them are read in one go. */
const MOST_EMPTY = 10;

function compare(one, other) {
  const [missingOne, missingOther] = [one, other].map((value) => value === null || value === undefined || value === '');
  // What is missing comes last, in either order.
  if (missingOne || missingOther) return Number(missingOne) - Number(missingOther);
  const order = typeof one === 'number' && typeof other === 'number' ? one - other
    : String(one).localeCompare(String(other), undefined, { numeric: true });
  return order;
}

/**
 * @param name of the file
 * @param label says what the table has, for screen readers
 * @param columns `{ head, of(row), show?(row), isNumber?, isAct? }`: `of` is what is sorted by and saved, `show` what
 *   is seen; a column of acts is neither sorted nor saved
 * @param id the id of a row, by which it keeps the focus when the rows are shown anew
 * @param nothing said if there are no rows
 * @param size how many rows are shown at once
 * @returns the node, and `set(rows, more)`; `more` fetches the next rows of the server: `{ rows, more }`
 */
export function dataTable({ name, label, columns, id = (row) => row.id, nothing, size = PAGE }) {
  let [all, more, page, sorted, isDown] = [[], null, 0, null, false];
  const node = el('div', { className: 'data' });

  const ordered = () => {
    if (!sorted) return all;
    const rows = all.toSorted((one, other) => {
      const [left, right] = [sorted.of(one), sorted.of(other)];
      const order = compare(left, right);
      const isMissing = [left, right].some((value) => value === null || value === undefined || value === '');
      return isDown && !isMissing ? -order : order;
    });
    return rows;
  };

  const sortBy = (column) => {
    [sorted, isDown] = [column, sorted === column && !isDown];
    page = 0;
    paint();
  };

  const head = (column) => {
    const cell = el('th', { scope: 'col', role: 'columnheader', className: column.isNumber ? 'number' : '' });
    if (column.isAct) cell.append(el('span', { className: 'visually-hidden', textContent: column.head }));
    else if (all.length < 2 && !more) cell.append(column.head);
    else {
      const button = el('button', { type: 'button', className: 'sort', textContent: column.head,
        onclick: () => sortBy(column) });
      button.dataset.sort = column.head;
      cell.append(button);
      if (sorted === column) cell.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
    }
    return cell;
  };

  const cell = (column, row) => {
    const shown = column.show ? column.show(row) : column.of(row);
    const isMissing = [null, undefined, '', '–'].includes(shown);
    const node = el('td', { role: 'cell', className: column.isNumber ? 'number' : '' },
      el('div', {}, ...[isMissing ? '–' : shown].flat().filter((part) => part !== null)));
    node.dataset.head = column.isAct ? '' : column.head;
    if (isMissing) node.dataset.missing = '';
    return node;
  };

  const saved = () => {
    const kept = columns.filter(({ isAct }) => !isAct);
    return [kept.map((column) => column.head), ...ordered().map((row) => kept.map((column) => column.of(row)))];
  };

  const fetchMore = async (button) => {
    button.disabled = true;
    try {
      const next = await more();
      [all, more] = [[...all, ...next.rows], next.more];
      paint();
      node.querySelector('.pager [role=status]')?.focus();
    } catch (error) {
      button.disabled = false;
      node.querySelector('.pager [role=status]').textContent = why(error);
    }
  };

  const pager = (last) => {
    const button = (text, is, onclick) => el('button', { type: 'button', className: 'quiet', textContent: text,
      disabled: !is, onclick });
    const turn = (step) => () => { page += step; paint(); };
    const range = last === 0 ? `${count(all.length)} in all`
      : `${count(page * size + 1)}–${count(Math.min(all.length, (page + 1) * size))} of ${count(all.length)}`;
    const status = el('span', { className: 'hint', tabIndex: -1, textContent: !all.length ? (more ? 'Nothing was found so far.' : '')
      : !more ? range : last === 0 ? `${count(all.length)} so far` : `${range} so far` });
    status.setAttribute('role', 'status');
    const next = more ? el('button', { type: 'button', className: 'quiet', textContent: 'Load more' }) : null;
    if (next) next.onclick = () => fetchMore(next);
    return el('div', { className: 'pager' }, status, last > 0 ? button('Previous', page > 0, turn(-1)) : null,
      last > 0 ? button('Next', page < last, turn(1)) : null, next,
      button('Export CSV', all.length > 0, () => download(name, saved())));
  };

  const focusOf = () => {
    const held = node.contains(document.activeElement) ? document.activeElement : null;
    const row = held?.closest('tr')?.dataset.row;
    const text = held?.textContent;
    return () => {
      if (!held) return;
      const place = row ? [...node.querySelectorAll('tbody tr')].find((each) => each.dataset.row === row) : node;
      [...(place ?? node).querySelectorAll('button, a')].find((each) => each.textContent === text)?.focus();
    };
  };

  function paint() {
    const refocus = focusOf();
    if (!all.length) {
      node.replaceChildren(more ? pager(0) : empty(nothing));
      refocus();
      return;
    }
    const last = Math.max(0, Math.ceil(all.length / size) - 1);
    page = Math.min(page, last);
    const rows = ordered().slice(page * size, (page + 1) * size).map((row) => {
      const line = el('tr', { role: 'row' }, ...columns.map((column) => cell(column, row)));
      line.dataset.row = id(row) ?? '';
      return line;
    });
    const group = (tag, ...children) => el(tag, { role: 'rowgroup' }, ...children);
    const table = el('table', { className: all.length < 2 && !more ? 'listing' : 'listing sorted' },
      group('thead', el('tr', { role: 'row' }, ...columns.map(head))), group('tbody', ...rows));
    table.setAttribute('role', 'table');
    table.setAttribute('aria-label', label);
    node.replaceChildren(el('div', { className: 'scroll' }, table), pager(last));
    refocus();
  }

  return {
    node,
    set(rows, next = null) {
      [all, more] = [rows, next];
      paint();
    },
  };
}

/** What `set` takes for a list of the API: its first page, and the way to the others. */
export async function pages(get, path, limit = 100) {
  const sign = path.includes('?') ? '&' : '?';
  const read = async (cursor, tries = 1) => {
    const { items, next_cursor: next } =
      await get(`${path}${sign}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    if (!items.length && next && tries < MOST_EMPTY) return read(next, tries + 1);
    return { rows: items, more: next ? () => read(next) : null };
  };
  return read(null);
}
