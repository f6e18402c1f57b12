// The course of a talk, drawn: what the heartbeats charged, how long the call lasted for the agent, what was held.
import { el } from '../both/dom.js';
import { clock } from '../both/format.js';
import { drawing, marks, svg } from '../both/svg.js';
import { words } from '../both/words.js';
import { cost, costText } from './talk-cost.js';

const [LANE, BAR, AXIS, PAD] = [58, 20, 26, 10];
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);

/** The bars below each other, each with its parts from and until, in milliseconds of the talk. */
function lanesOf(proof, talk, others) {
  const { charged_ms: charged, beats, gaps, grants, provider } = proof;
  const last = beats.charged_to_last_ms ?? charged;
  const pauses = (gaps?.items ?? []).filter(({ charged_ms: length }) => length > 0)
    .map(({ at_ms: from, charged_ms: length }) => ({ from, until: from + length, kind: 'pause' }));
  const held = grants.map(({ amount_ms: amount, cumulative_ms: sum }) => ({ from: sum - amount, until: sum, kind: 'held' }));
  const around = others.reduce((sum, { charged_ms: other }) => sum + other, 0);
  const lanes = [{
    text: words('record.lane.charged', { time: clock(charged) }),
    parts: [{ from: 0, until: last, kind: 'talked' }, ...pauses, { from: last, until: charged, kind: 'tail' }],
  }];
  if (around) {
    lanes.push({ text: words('record.lane.others', { time: clock(around) }), parts: [{ from: 0, until: around, kind: 'others' }] });
  }
  if (provider.duration_ms !== undefined) {
    lanes.push({
      text: words(around ? 'record.lane.callOfAll' : 'record.lane.call', { time: clock(provider.duration_ms) }),
      parts: [{ from: 0, until: provider.duration_ms, kind: 'call' }],
    });
  }
  if (cost(talk) !== charged) {
    lanes.push({ text: words('record.lane.cost', { time: costText(talk) }), parts: [{ from: 0, until: cost(talk), kind: 'cost' }] });
  }
  if (held.length) lanes.push({ text: words('record.lane.held', { time: clock(held.at(-1).until) }), parts: held });
  return lanes;
}

const meanings = {
  talked: 'record.legend.talked', pause: 'record.legend.pause', tail: 'record.legend.tail',
};

/** @param proof of GET /sessions/{id}/proof, the talk as the list has it, and the other talks of its conversation */
export function timeline(proof, talk, others) {
  const lanes = lanesOf(proof, talk, others).map(({ text, parts }) => ({ text, parts: parts.filter(({ from, until }) => until > from) }));
  // A slice that is held may be much longer than the talk: it is cut off where the talk has ended.
  const talked = lanes.flatMap(({ parts }) => parts).filter(({ kind }) => kind !== 'held').map(({ until }) => until);
  const most = Math.max(1000, ...talked) * 1.06;
  const found = new Set(lanes.flatMap(({ parts }) => parts.map(({ kind }) => kind)));
  const legend = Object.keys(meanings).filter((kind) => found.has(kind));
  return el('figure', { className: 'timeline' },
    drawing(lanes.map(({ text }) => `${text}.`).join(' '), lanes.length * LANE + AXIS, (width) => draw(width, lanes, most)),
    legend.length > 1 ? el('ul', { className: 'legend', ariaLabel: words('record.legend') }, ...legend.map((kind) =>
      el('li', {}, el('span', { className: `swatch ${kind}` }), words(meanings[kind])))) : null);
}

function draw(width, lanes, most) {
  const across = (time) => (width - 2 * PAD) * (Math.min(time, most) / most) + PAD;
  const floor = lanes.length * LANE;
  // The last mark is the last round time within the drawing.
  const axis = marks(most, steps, Math.max(2, Math.floor(width / 90))).filter((time) => time <= most);
  return [
    ...axis.flatMap((time) => [
      svg('line', { class: 'grid', x1: across(time), x2: across(time), y1: 0, y2: floor }),
      svg('text', { x: across(time), y: floor + 18, 'text-anchor': !time ? 'start' : across(time) > width - 30 ? 'end' : 'middle' }, clock(time)),
    ]),
    ...lanes.flatMap(({ text, parts }, index) => [
      svg('text', { class: 'lane', x: PAD, y: index * LANE + 17 }, text),
      ...parts.filter(({ from }) => from < most).map(({ from, until, kind }) => svg('rect', {
        class: kind, x: across(from), y: index * LANE + 26, height: BAR, width: Math.max(1, across(until) - across(from)),
      }, svg('title', {}, words('record.span', { from: clock(from), until: clock(until) })))),
    ]),
  ];
}
