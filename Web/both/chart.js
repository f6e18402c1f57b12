// A chart of bars. Its figures stand below it in a table, for everybody who does not see the drawing.
import { el } from './dom.js';
import { drawing, marks, svg } from './svg.js';
import { words } from './words.js';

const [HEIGHT, TOP, BOTTOM, START] = [190, 12, 26, 56];
/** The room that a label below a bar wants. */
const LABEL = 64;

/**
 * @param title what the bars show
 * @param summary the same in a sentence, with the most important figures
 * @param heads the headings of the table: what a bar stands for, and its value
 * @param bars each with its `name` for the table, its `label` below the bar, its `value`, and the value's `text`
 * @param steps what two lines may be apart, in the unit of the values, the smallest first
 * @param format gives the text of a line's value
 * @param rest says what the bars have in common that are not in the table, because they are nought
 */
export function barChart({ title, summary, heads, bars, steps, format, rest }) {
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
    ...lines.flatMap((value) => [
      svg('line', { class: 'grid', x1: START, x2: width, y1: up(value), y2: up(value) }),
      svg('text', { x: START - 8, y: up(value) + 4, 'text-anchor': 'end' }, format(value)),
    ]),
    ...bars.map(({ name, value, text }, index) => bar(middle(index) - thick / 2, thick, up(value), floor, value, `${name}: ${text}`)),
    ...labels(width, wide, middle, bars),
  ];
}

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
