// QR codes (ISO/IEC 18004) of texts in bytes, error correction level L, versions 1 to 15: up to 520 bytes.
import { svg } from '../both/svg.js';

/** By version: the codewords for correction in each block, and the blocks. */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6];
const LEVEL_L = 1;
/** Scanners want so many light modules around. */
const QUIET = 4;

/** @param words what a screen reader says of it */
export function qrCode(text, words) {
  const rows = modulesOf(text);
  const size = rows.length + 2 * QUIET;
  const dark = rows.flatMap((row, y) => row.map((is, x) => (is ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ''))).join('');
  return svg('svg', { class: 'qr-code', role: 'img', 'aria-label': words, viewBox: `0 0 ${size} ${size}`, 'shape-rendering': 'crispEdges' },
    svg('rect', { class: 'light', width: size, height: size }), svg('path', { class: 'dark', d: dark }));
}

/** The modules in rows; true is dark. */
export function modulesOf(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = CORRECTION.findIndex((_, index) => bytes.length <= roomOf(index + 1)) + 1;
  if (!version) throw new RangeError('The text is too long for a QR code.');
  const words = interleaved(dataOf(bytes, version), version);
  const masked = masks.map((_, mask) => drawn(words, version, mask));
  const costs = masked.map(penalty);
  return masked[costs.indexOf(Math.min(...costs))];
}

const sizeOf = (version) => 17 + 4 * version;

/** All codewords of a version: the modules that no pattern takes. */
function codewords(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version > 1) {
    const count = Math.floor(version / 7) + 2;
    modules -= (25 * count - 10) * count - 55;
  }
  if (version > 6) modules -= 36;
  return Math.floor(modules / 8);
}

const dataWords = (version) => codewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
const lengthBits = (version) => (version < 10 ? 8 : 16);
const roomOf = (version) => Math.floor((dataWords(version) * 8 - 4 - lengthBits(version)) / 8);

/** The mode of bytes, their number, the bytes, and padding. */
function dataOf(bytes, version) {
  const bits = [];
  const add = (value, count) => { for (let place = count - 1; place >= 0; place -= 1) bits.push((value >> place) & 1); };
  add(0b0100, 4);
  add(bytes.length, lengthBits(version));
  for (const byte of bytes) add(byte, 8);
  const room = dataWords(version) * 8;
  add(0, Math.min(4, room - bits.length));
  add(0, (8 - (bits.length % 8)) % 8);
  const words = Array.from({ length: bits.length / 8 }, (_, index) => parseInt(bits.slice(index * 8, index * 8 + 8).join(''), 2));
  for (let pad = 0xec; words.length < room / 8; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** The product in GF(256) by x^8 + x^4 + x^3 + x^2 + 1. */
function product(one, other) {
  let result = 0;
  for (let place = 7; place >= 0; place -= 1) {
    result = (result << 1) ^ ((result >> 7) * 0x11d);
    result ^= ((other >> place) & 1) * one;
  }
  return result;
}

function divisorOf(degree) {
  const terms = new Array(degree).fill(0);
  terms[degree - 1] = 1;
  for (let root = 1, step = 0; step < degree; step += 1, root = product(root, 2)) {
    for (let index = 0; index < degree; index += 1) terms[index] = product(terms[index], root) ^ (terms[index + 1] ?? 0);
  }
  return terms;
}

function remainder(data, divisor) {
  const rest = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((term, index) => { rest[index] ^= product(term, factor); });
  }
  return rest;
}

/** The blocks' words by turns: first all data, then all corrections. */
function interleaved(data, version) {
  const [count, extra] = [BLOCKS[version - 1], CORRECTION[version - 1]];
  const short = Math.floor(data.length / count);
  const shorts = count - (data.length % count);
  const divisor = divisorOf(extra);
  let start = 0;
  const blocks = Array.from({ length: count }, (_, index) => {
    const part = data.slice(start, start += short + (index < shorts ? 0 : 1));
    return { part, correction: remainder(part, divisor) };
  });
  const byTurns = (lists, length) =>
    Array.from({ length }, (_, index) => lists.map((list) => list[index])).flat().filter((word) => word !== undefined);
  return [...byTurns(blocks.map(({ part }) => part), short + 1), ...byTurns(blocks.map(({ correction }) => correction), extra)];
}

const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function drawn(words, version, mask) {
  const size = sizeOf(version);
  const rows = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (x, y, is) => { if (rows[y]?.[x] !== undefined) rows[y][x] = Boolean(is); };
  patterns(set, rows, version);
  formats(set, size, version, mask);
  let place = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const bit = place < words.length * 8 ? (words[place >> 3] >> (7 - (place & 7))) & 1 : 0;
        rows[y][x] = Boolean(bit) !== (masks[mask](x, y) === 0);
        place += 1;
      }
    }
  }
  return rows;
}

/** What a scanner finds the code by. */
function patterns(set, rows, version) {
  const size = rows.length;
  const square = (left, top, radius, isDark) => {
    for (let y = -radius; y <= radius; y += 1) {
      for (let x = -radius; x <= radius; x += 1) set(left + x, top + y, isDark(Math.max(Math.abs(x), Math.abs(y))));
    }
  };
  for (let place = 0; place < size; place += 1) {
    set(6, place, place % 2 === 0);
    set(place, 6, place % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((x, column) => places.forEach((y, row) => {
    const isCorner = (column === 0 && row === 0) || (column === 0 && row === last) || (column === last && row === 0);
    if (!isCorner) square(x, y, 2, (ring) => ring !== 1);
  }));
}

function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 4 + count * 2 + 1) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => sizeOf(version) - 7 - step * index).reverse()];
}

/** The level and the mask, and the version where it is told, each with its correction. */
function formats(set, size, version, mask) {
  const corrected = (value, count, divisor) => {
    let rest = value;
    for (let step = 0; step < count; step += 1) rest = (rest << 1) ^ ((rest >> (count - 1)) * divisor);
    return (value << count) | rest;
  };
  const format = corrected((LEVEL_L << 3) | mask, 10, 0x537) ^ 0x5412;
  const bit = (value, place) => (value >> place) & 1;
  const first = [0, 1, 2, 3, 4, 5, 7, 8].map((y) => [8, y]).concat([7, 5, 4, 3, 2, 1, 0].map((x) => [x, 8]));
  first.forEach(([x, y], place) => set(x, y, bit(format, place)));
  for (let place = 0; place < 8; place += 1) set(size - 1 - place, 8, bit(format, place));
  for (let place = 8; place < 15; place += 1) set(8, size - 15 + place, bit(format, place));
  set(8, size - 8, true);
  if (version < 7) return;
  const told = corrected(version, 12, 0x1f25);
  for (let place = 0; place < 18; place += 1) {
    const [far, near] = [size - 11 + (place % 3), Math.floor(place / 3)];
    set(far, near, bit(told, place));
    set(near, far, bit(told, place));
  }
}

/** How much a scanner is disturbed: long runs, blocks, what looks like a corner, and too much of one shade. */
function penalty(rows) {
  const lines = [...rows, ...rows.map((_, x) => rows.map((row) => row[x]))].map((line) => line.map(Number).join(''));
  const runs = lines.flatMap((line) => line.match(/0{5,}|1{5,}/g) ?? []).reduce((sum, { length }) => sum + length - 2, 0);
  const corners = lines.flatMap((line) => line.match(/(?=00001011101|10111010000)/g) ?? []).length * 40;
  const blocks = rows.slice(1).flatMap((row, y) => row.slice(1).map((is, x) =>
    is === row[x] && is === rows[y][x] && is === rows[y][x + 1])).filter(Boolean).length * 3;
  const share = rows.flat().filter(Boolean).length / rows.length ** 2;
  return runs + corners + blocks + Math.floor(Math.abs(share - 0.5) * 20) * 10;
}
