// Charts: columns over time with their figures in a table, a line that grows, and bars beside their names. Colours and
// widths come from the style sheet by classes: the policy allows no styles in markup.
import { el } from './dom.js';
import { changingDrawing, drawing, marks, svg } from './svg.js';
import { words } from './words.js';

const [HEIGHT, TOP, BOTTOM, START] = [190, 12, 26, 56];
/** The room that a label below a bar wants. */
const LABEL = 64;

/**
 * Columns. Their figures stand below them in a table, for everybody who does not see the drawing.
 * @param title what the bars show
 * @param summary the same in a sentence, with the most important figures
 * @param heads the headings of the table: what a bar stands for, and its value
 * @param bars each with its `name` for the table, its `label` below the bar, its `value`, and the value's `text`
 * @param steps what two lines may be apart, in the unit of the values, the smallest first
 * @param format gives the text of a line's value
 * @param rest says what the bars have in common that are not in the table, because they are nought
 */
export function columnChart({ title, summary, heads, bars, steps, format, rest }) {
  const lines = marks(Math.max(steps[0], ...bars.map(({ value }) => value)), steps, 4);
  return el('figure', { className: 'chart' },
    el('figcaption', {}, el('strong', { textContent: title }), ' ', el('span', { className: 'hint', textContent: summary })),
    drawing(`${title}. ${summary}`, HEIGHT, (width) => draw(width, bars, lines, format)),
    el('details', {}, el('summary', { textContent: words('chart.table') }), ...figures(title, heads, bars, rest)));
}

function figures(title, heads, bars, rest) {
  const found = bars.filter(({ value }) => value > 0);
  const head = (textContent) => el('th', { scope: 'col', textContent });
  const row = ({ name, text }) => el('tr', {}, el('th', { scope: 'row', textContent: name }), el('td', { textContent: text }));
  return [
    found.length ? el('table', { ariaLabel: title }, el('thead', {}, el('tr', {}, ...heads.map(head))), el('tbody', {}, ...found.map(row))) : '',
    found.length < bars.length ? el('p', { className: 'hint', textContent: rest }) : '',
  ];
}

function draw(width, bars, lines, format) {
  const [floor, most] = [HEIGHT - BOTTOM, lines.at(-1)];
  const [wide, high] = [(width - START) / bars.length, floor - TOP];
  const up = (value) => floor - high * (value / most);
  const thick = Math.max(2, Math.min(36, wide * 0.7));
  const middle = (index) => START + wide * (index + 0.5);
  return [
    ...grid(lines, START, width, up, format),
    ...bars.map(({ name, value, text }, index) => bar(middle(index) - thick / 2, thick, up(value), floor, value, `${name}: ${text}`)),
    ...labels(width, wide, middle, bars),
  ];
}

const grid = (lines, from, until, up, format) => lines.flatMap((value) => [
  svg('line', { class: 'grid', x1: from, x2: until, y1: up(value), y2: up(value) }),
  svg('text', { x: from - 8, y: up(value) + 4, 'text-anchor': 'end' }, format(value)),
]);

/** What is more than nothing is seen, however little it is. */
function bar(x, thick, top, floor, value, words) {
  const height = value > 0 ? Math.max(2, floor - top) : 0;
  return svg('rect', { class: 'bar', x, y: floor - height, width: thick, height, rx: Math.min(3, thick / 2) },
    svg('title', {}, words));
}

/** As many labels as there is room for, counted from the newest bar. */
function labels(width, wide, middle, bars) {
  const every = Math.max(1, Math.ceil(LABEL / wide));
  return bars.map(({ label }, index) => ({ label, index }))
    .filter(({ index }) => (bars.length - 1 - index) % every === 0)
    .map(({ label, index }) => {
      const isAtEnd = middle(index) + LABEL / 2 > width;
      return svg('text', { x: isAtEnd ? width : middle(index), y: HEIGHT - 6, 'text-anchor': isAtEnd ? 'end' : 'middle' }, label);
    });
}

/** What two lines may be apart: 1, 2 or 5 times a power of ten. */
const round = Array.from({ length: 12 }, (_, index) => index - 2)
  .flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
const INSETS = { left: 44, right: 8, top: 10, bottom: 22 };

/**
 * A line over time, which grows by `set(points)`.
 * @param {{ write: (value: number) => string, at: (time: number) => string, nothing: string, whole?: boolean,
 *   tell: (last: number, most: number, from: number) => string, height?: number }} chart `write` formats a value, `at` a
 *   time. `tell` says the chart in words, `nothing` that nothing was measured. With `whole` there is nothing between two
 *   whole numbers.
 */
export function lineChart({ write, at, nothing, tell, whole = true, height = 176 }) {
  /** @type {[number, number | null][]} a measurement that failed has no value */
  let points = [];
  const { node, redraw } = changingDrawing('chart line', () => {
    const values = points.map(([, value]) => value).filter((value) => value !== null);
    const last = values.at(-1);
    return {
      words: last === undefined ? nothing : tell(last, Math.max(...values), points[0][0]), height,
      draw: (width) => (last !== undefined ? line(width, values)
        : [svg('text', { x: width / 2, y: height / 2, 'text-anchor': 'middle' }, nothing)]),
    };
  });

  function line(width, values) {
    const { left, right, top, bottom } = INSETS;
    const lines = marks(Math.max(whole ? 4 : .1, ...values), whole ? round.filter((step) => step >= 1) : round, 4);
    const up = (value) => top + (height - top - bottom) * (1 - value / lines.at(-1));
    const [from, until] = [points[0][0], points.at(-1)[0]];
    const across = (time) => left + (width - left - right) * (until > from ? (time - from) / (until - from) : 1);
    const timeAt = (time, side, x) => svg('text', { x, y: height - 4, 'text-anchor': side }, at(time));
    const times = points.length < 2 ? [] : [timeAt(from, 'start', left), timeAt(until, 'end', width - right)];
    let [path, isBroken] = ['', true];
    for (const [time, value] of points) {
      if (value !== null) path += `${isBroken ? 'M' : 'L'}${across(time).toFixed(1)} ${up(value).toFixed(1)}`;
      isBroken = value === null;
    }
    const [time, value] = points.at(-1);
    const mark = value === null ? [] : [svg('circle', { class: 'mark', cx: across(time), cy: up(value), r: 3.5 })];
    node.onpointermove = ({ clientX }) => point(clientX - node.getBoundingClientRect().left, across, width);
    node.onpointerleave = () => node.querySelector('.hover')?.remove();
    return [...grid(lines, left, width - right, up, write), ...times, svg('path', { class: 'series', d: path }), ...mark];
  }

  /** Says the value that is nearest to the pointer. */
  function point(x, across, width) {
    const far = (point) => Math.abs(across(point[0]) - x);
    const nearest = points.filter(([, value]) => value !== null)
      .reduce((best, each) => (best && far(best) <= far(each) ? best : each), null);
    node.querySelector('.hover')?.remove();
    if (!nearest) return;
    const place = across(nearest[0]);
    const isRight = place > width / 2;
    node.append(svg('g', { class: 'hover' },
      svg('line', { x1: place, x2: place, y1: INSETS.top, y2: height - INSETS.bottom }),
      svg('text', { x: place + (isRight ? -6 : 6), y: INSETS.top + 10, 'text-anchor': isRight ? 'end' : 'start' },
        `${write(nearest[1])} · ${at(nearest[0])}`)));
  }

  return { node, set: (next) => { points = next; redraw(); } };
}

const ROW = 30;
/** An estimate is enough: a letter of this size is about so wide. */
const room = (texts) => Math.max(0, ...texts.map((text) => text.length)) * 7.2 + 14;

/**
 * Bars beside each other's names, by `set(rows)`: `{ name, value, text, kind }`, where the text stands at the bar, and
 * `kind` is a class, such as `bad`.
 * @param {{ label: string }} chart
 */
export function rowChart({ label }) {
  let rows = [];
  const { node, redraw } = changingDrawing('chart bars', () => ({
    words: `${label}: ${rows.map(({ name, text }) => `${name} ${text}`).join(', ')}.`,
    height: Math.max(1, rows.length) * ROW,
    draw: (width) => {
      const most = Math.max(1, ...rows.map(({ value }) => value));
      const names = room(rows.map(({ name }) => name));
      const reach = Math.max(20, width - names - room(rows.map(({ text }) => text)));
      return rows.flatMap(({ name, value, text, kind = '' }, index) => {
        const length = value > 0 ? Math.max(3, reach * value / most) : 0;
        const y = index * ROW;
        return [svg('text', { class: 'name', x: 0, y: y + 19 }, name),
          svg('rect', { class: `bar ${kind}`, x: names, y: y + 6, width: length, height: ROW - 12, rx: 4 }),
          svg('text', { x: names + length + 8, y: y + 19 }, text)];
      });
    },
  }));
  return { node, set: (next) => { rows = next; redraw(); } };
}
