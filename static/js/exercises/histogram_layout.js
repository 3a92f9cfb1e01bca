/** Lay out a class's histogram: two rows of bars over one scale, and marks. */

/**
 * @import { ClassPayload } from "../lib/api_types.js"
 * @typedef {{x: number, y: number, width: number, height: number}} Bar
 * @typedef {{x: number, value: number}} Tick
 */

export const WIDTH = 320;
export const ROW = 64;
const LEFT = 14;
const RIGHT = 14;
const TICKS_MAX = 6;
const BAR_LEAST = 2;

/**
 * Compute how far along the scale a value lies, from 0 at its first edge to 1 at its last.
 *
 * @param {number} value
 * @param {ClassPayload} scale
 * @returns {number}
 */
export function share(value, scale) {
  const { edges, log } = scale;
  const at = log ? Math.log10 : (/** @type {number} */ number) => number;
  const [low, high] = [at(edges[0]), at(edges[edges.length - 1])];
  return Math.min(1, Math.max(0, (at(value) - low) / (high - low)));
}

/**
 * @param {number} value
 * @param {ClassPayload} scale
 * @returns {number} its x
 */
export function across(value, scale) {
  return LEFT + share(value, scale) * (WIDTH - LEFT - RIGHT);
}

/**
 * Lay out the bars of a row that stands on `base`; empty ones are left out, low ones stay visible.
 *
 * Both rows have the same height for the same number of students.
 *
 * @param {number[] | null} counts
 * @param {ClassPayload} scale
 * @param {number} base
 * @returns {Bar[]}
 */
export function bars(counts, scale, base) {
  const most = Math.max(1, ...(scale.predicted ?? []), ...(scale.measured ?? []));
  return (counts ?? []).flatMap((count, index) => {
    if (!count) return [];
    const from = across(scale.edges[index], scale);
    const to = across(scale.edges[index + 1], scale);
    const height = Math.max(BAR_LEAST, (count / most) * (ROW - 14));
    return [{ x: from + 0.5, y: base - height, width: Math.max(1, to - from - 1), height }];
  });
}

/**
 * Choose the edges to write below the axis, evenly: every so many, or powers of ten.
 *
 * @param {ClassPayload} scale
 * @returns {Tick[]}
 */
export function ticks({ edges, log, ...scale }) {
  const marked = log ? edges.filter((edge) => Number.isInteger(rounded(Math.log10(edge)))) : edges;
  const step = Math.ceil((marked.length - 1) / (TICKS_MAX - 1));
  return marked
    .filter((_, index) => index % step === 0)
    .map((value) => ({ x: across(value, { edges, log, ...scale }), value }));
}

/** @param {number} value without the digits that binary fractions leave behind */
function rounded(value) {
  return Number(value.toFixed(9));
}

/**
 * @typedef {{from: number, to: number, predicted: number | null, measured: number | null}} TableRow
 */

/**
 * List the rows of a table: what lies between each two edges.
 *
 * @param {ClassPayload} scale
 * @returns {TableRow[]}
 */
export function rows(scale) {
  return scale.edges.slice(0, -1).map((from, index) => ({
    from,
    to: scale.edges[index + 1],
    predicted: scale.predicted?.[index] ?? null,
    measured: scale.measured?.[index] ?? null,
  }));
}
