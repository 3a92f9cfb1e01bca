/** Where the parts of a class's plot lie: two rows of bars over one scale, and marks for single values. Pure. */

/**
 * @typedef {import("../lib/api_types.js").ClassPayload} ClassPayload
 * @typedef {{x: number, y: number, width: number, height: number}} Bar
 * @typedef {{x: number, value: number}} Tick
 */

export const WIDTH = 320;
export const ROW = 64;
const LEFT = 14;
const RIGHT = 14;
const TICKS_MAX = 6;
const BAR_LEAST = 2;

/** How far along the scale a value lies, from 0 at its first edge to 1 at its last.
 * @param {number} value @param {ClassPayload} scale @returns {number} */
export function share(value, scale) {
  const { edges, log } = scale;
  const at = log ? Math.log10 : (/** @type {number} */ number) => number;
  const [low, high] = [at(edges[0]), at(edges[edges.length - 1])];
  return Math.min(1, Math.max(0, (at(value) - low) / (high - low)));
}

/** @param {number} value @param {ClassPayload} scale @returns {number} */
export function across(value, scale) {
  return LEFT + share(value, scale) * (WIDTH - LEFT - RIGHT);
}

/** The bars of a row that stands on `base`; those of nobody are left out, those of few can be seen.
 * @param {number[] | null} counts @param {ClassPayload} scale @param {number} base @returns {Bar[]} */
export function bars(counts, scale, base) {
  const most = Math.max(1, ...(counts ?? []));
  return (counts ?? []).flatMap((count, index) => {
    if (!count) return [];
    const [from, to] = [across(scale.edges[index], scale), across(scale.edges[index + 1], scale)];
    const height = Math.max(BAR_LEAST, (count / most) * (ROW - 14));
    return [{ x: from + 0.5, y: base - height, width: Math.max(1, to - from - 1), height }];
  });
}

/** Edges to be written below the axis: the first, the last, and as many between as there is room for.
 * @param {ClassPayload} scale @returns {Tick[]} */
export function ticks(scale) {
  const last = scale.edges.length - 1;
  const every = Math.max(1, Math.ceil(last / (TICKS_MAX - 1)));
  return scale.edges
    .filter((_, index) => index % every === 0 && (index === 0 || last - index >= every || index === last))
    .concat(last % every ? [scale.edges[last]] : [])
    .map((value) => ({ x: across(value, scale), value }));
}

/** Rows of a table: what lies between each two edges.
 * @param {ClassPayload} scale @returns {{from: number, to: number, predicted: number | null, measured: number | null}[]} */
export function rows(scale) {
  return scale.edges.slice(0, -1).map((from, index) => ({
    from,
    to: scale.edges[index + 1],
    predicted: scale.predicted?.[index] ?? null,
    measured: scale.measured?.[index] ?? null,
  }));
}
