// Charts as SVG. Colours and widths come from the style sheet by classes: the page's policy allows no styles in markup.
import { svg } from '../both/svg.js';
import { clockTime } from './format.js';

/** The least round number that is not below: 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * (1 - 1e-9));
}

const [LEFT, RIGHT, TOP, BOTTOM] = [44, 8, 10, 22];

/**
 * A line over time, which grows by `set(points)` and is drawn anew when its width changes.
 * @param label what it shows; the last and the highest value are added for screen readers
 * @param write formats a value
 */
export function lineChart({ label, write, whole = true }) {
  const root = svg('svg', { class: 'chart line', role: 'img', 'aria-label': label });
  let points = [];
  let width = 0;

  const draw = () => {
    const height = root.clientHeight;
    if (!width || !height) return;
    const values = points.map(([, value]) => value).filter((value) => value !== null);
    const top = Math.max(roundUp(Math.max(0, ...values)), whole ? 4 : 0);
    const last = values.at(-1);
    root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    root.setAttribute('aria-label', last === undefined ? `${label}: nothing measured yet.`
      : `${label}: ${write(last)} now, at most ${write(Math.max(...values))} since ${clockTime(points[0][0])}.`);
    const [from, until] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
    const across = (at) => LEFT + (width - LEFT - RIGHT) * (until > from ? (at - from) / (until - from) : 1);
    const down = (value) => TOP + (height - TOP - BOTTOM) * (1 - value / top);
    const grid = [0, .5, 1].flatMap((part) => [
      svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: down(top * part), y2: down(top * part) }),
      svg('text', { class: 'tick end', x: LEFT - 6, y: down(top * part) + 4 }, write(top * part)),
    ]);
    const times = points.length < 2 ? [] : [[from, 'start', LEFT], [until, 'end', width - RIGHT]].map(([at, side, x]) =>
      svg('text', { class: `tick ${side}`, x, y: height - 4 }, clockTime(at)));
    // A measurement that failed leaves a gap.
    let [path, isBroken] = ['', true];
    for (const [at, value] of points) {
      if (value !== null) path += `${isBroken ? 'M' : 'L'}${across(at).toFixed(1)} ${down(value).toFixed(1)}`;
      isBroken = value === null;
    }
    const newest = points.at(-1);
    const mark = newest && newest[1] !== null ? [svg('circle',
      { class: 'mark', cx: across(newest[0]), cy: down(newest[1]), r: 3.5 })] : [];
    root.replaceChildren(...grid, ...times, svg('path', { class: 'series', d: path }), ...mark);
    root.onpointermove = (event) => {
      const x = event.clientX - root.getBoundingClientRect().left;
      const nearest = points.filter(([, value]) => value !== null)
        .reduce((best, point) => (best && Math.abs(across(best[0]) - x) <= Math.abs(across(point[0]) - x) ? best
          : point), null);
      root.querySelector('.hover')?.remove();
      if (!nearest) return;
      const at = across(nearest[0]);
      root.append(svg('g', { class: 'hover' }, svg('line', { x1: at, x2: at, y1: TOP, y2: height - BOTTOM }),
        svg('text', { class: at > width / 2 ? 'end' : 'start', x: at + (at > width / 2 ? -6 : 6), y: TOP + 10 },
          `${write(nearest[1])} · ${clockTime(nearest[0])}`)));
    };
    root.onpointerleave = () => root.querySelector('.hover')?.remove();
  };
  new ResizeObserver(([entry]) => {
    width = Math.round(entry.contentRect.width);
    draw();
  }).observe(root);
  return { node: root, set: (next) => { points = next; draw(); } };
}

/**
 * Bars beside each other's names.
 * @param rows `{ name, value, text, kind }`: the text stands at the bar; `kind` is a class, such as `bad`
 */
export function barChart({ label }) {
  const root = svg('svg', { class: 'chart bars', role: 'img', 'aria-label': label });
  const line = 30;
  // An estimate is enough: a letter of this size is about so wide.
  const room = (texts) => Math.max(0, ...texts.map((text) => text.length)) * 7.2 + 14;
  let [rows, width] = [[], 0];
  const draw = () => {
    if (!width) return;
    const height = Math.max(1, rows.length) * line;
    const most = Math.max(1, ...rows.map(({ value }) => value));
    const names = room(rows.map(({ name }) => name));
    const reach = Math.max(20, width - names - room(rows.map(({ text }) => text)));
    root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    root.setAttribute('height', height);
    root.setAttribute('aria-label', `${label}: ${rows.map(({ name, text }) => `${name} ${text}`).join(', ')}.`);
    root.replaceChildren(...rows.flatMap(({ name, value, text, kind = '' }, index) => {
      const length = value > 0 ? Math.max(3, reach * value / most) : 0;
      const y = index * line;
      return [svg('text', { class: 'name', x: 0, y: y + 19 }, name),
        svg('rect', { class: `bar ${kind}`, x: names, y: y + 6, width: length, height: line - 12, rx: 4 }),
        svg('text', { class: 'tick start', x: names + length + 8, y: y + 19 }, text)];
    }));
  };
  new ResizeObserver(([entry]) => {
    width = Math.round(entry.contentRect.width);
    draw();
  }).observe(root);
  return { node: root, set: (next) => { rows = next; draw(); } };
}
