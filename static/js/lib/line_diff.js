/** Compare two texts line by line. */

/** Beyond this the table would take more memory than a comparison is worth. */
const CELLS_MAX = 4_000_000;

/**
 * @typedef {"same" | "added" | "removed"} Change
 * @typedef {{change: Change, text: string}} DiffLine
 */

/** @param {string} text */
function linesOf(text) {
  return text.replace(/\n$/, "").split("\n");
}

/**
 * Find the longest common subsequence of lines, and say how to get from one text to the other.
 *
 * @param {string} before
 * @param {string} after
 * @returns {DiffLine[]} removed lines stand before those that replace them
 */
export function diffLines(before, after) {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (/** @type {string} */ text) => ({ change: /** @type {Change} */ ("same"), text });
  const middle = diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const tail = end ? a.slice(-end) : [];
  return [...a.slice(0, start).map(same), ...middle, ...tail.map(same)];
}

/**
 * @param {string[]} a
 * @param {string[]} b
 * @returns {DiffLine[]}
 */
function diffMiddle(a, b) {
  /** @type {DiffLine[]} */
  const lines = [];
  const push = (/** @type {Change} */ change, /** @type {string} */ text) =>
    lines.push({ change, text });
  if ((a.length + 1) * (b.length + 1) > CELLS_MAX) {
    for (const text of a) push("removed", text);
    for (const text of b) push("added", text);
    return lines;
  }
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => lengths[i * width + j];
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const length = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      lengths[i * width + j] = length;
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push("same", a[i]);
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      push("removed", a[i]);
      i += 1;
    } else {
      push("added", b[j]);
      j += 1;
    }
  }
  return lines;
}
