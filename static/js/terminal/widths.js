/**
 * Measure letters as the machines do: code point by code point, as glibc's `wcwidth` counts cells.
 *
 * bash and most programs move the cursor by it. xterm.js's own addons differ: one knows no emoji of
 * after 2018, the other joins code points that the machine counts one by one (docs/adr/0021).
 * tests/unit/terminal/test_widths.py compares this with glibc, for every code point.
 */

/** @import { IUnicodeVersionProvider } from "@xterm/xterm" */

/** No cell of their own: marks on other letters, and what only says how to show text. */
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Of these, those that are shown; and of the rest, those that join what is before them. */
const SHOWN = parseRanges("ad 600-605 6dd 70f 890-891 8e2 110bd 110cd");
const JOINED = parseRanges("1160-11ff d7b0-d7c6 d7cb-d7fb 1171e");
/** Two cells: Unicode's wide letters, with places kept for those to come. */
const WIDE = parseRanges(
  "1100-115f 231a-231b 2329-232a 23e9-23ec 23f0 23f3 25fd-25fe 2614-2615 2648-2653 267f 2693 " +
    "26a1 26aa-26ab 26bd-26be 26c4-26c5 26ce 26d4 26ea 26f2-26f3 26f5 26fa 26fd 2705 270a-270b " +
    "2728 274c 274e 2753-2755 2757 2795-2797 27b0 27bf 2b1b-2b1c 2b50 2b55 2e80-3029 302e-303e " +
    "3041-3098 309b-a4c6 a960-a97c ac00-d7a3 f900-faff fe10-fe19 fe30-fe6b ff01-ff60 ffe0-ffe6 " +
    "16fe0-16fe3 16ff0-1b2fb 1f004 1f0cf 1f18e 1f191-1f19a 1f200-1f320 1f32d-1f335 1f337-1f37c " +
    "1f37e-1f393 1f3a0-1f3ca 1f3cf-1f3d3 1f3e0-1f3f0 1f3f4 1f3f8-1f43e 1f440 1f442-1f4fc " +
    "1f4ff-1f53d 1f54b-1f54e 1f550-1f567 1f57a 1f595-1f596 1f5a4 1f5fb-1f64f 1f680-1f6c5 1f6cc " +
    "1f6d0-1f6d2 1f6d5-1f6df 1f6eb-1f6ec 1f6f4-1f6fc 1f7e0-1f7f0 1f90c-1f93a 1f93c-1f945 " +
    "1f947-1f9ff 1fa70-1faff 20000-3fffd",
);

/**
 * @param {string} text hexadecimal numbers, or two with a hyphen between them
 * @returns {[number, number][]} first and last, in order
 */
function parseRanges(text) {
  return text.split(" ").map((range) => {
    const [first, last = first] = range.split("-").map((number) => Number.parseInt(number, 16));
    return /** @type {[number, number]} */ ([first, last]);
  });
}

/**
 * @param {[number, number][]} ranges
 * @param {number} codePoint
 * @returns {boolean}
 */
function contains(ranges, codePoint) {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle];
    if (codePoint < first) high = middle - 1;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}

/**
 * @param {number} codePoint
 * @returns {0 | 1 | 2} cells
 */
function measure(codePoint) {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return 0;
  if (codePoint < 0x300) return 1;
  if (contains(JOINED, codePoint)) return 0;
  if (NO_CELL.test(String.fromCodePoint(codePoint))) return contains(SHOWN, codePoint) ? 1 : 0;
  return contains(WIDE, codePoint) ? 2 : 1;
}

/** @implements {IUnicodeVersionProvider} */
export class MachineWidths {
  /** @type {any} */
  version = "glibc";
  /**
   * By code point, so that each is looked up once.
   *
   * @type {Map<number, 0 | 1 | 2>}
   */
  #known = new Map();

  /**
   * @param {number} codePoint
   * @returns {0 | 1 | 2}
   */
  wcwidth(codePoint) {
    let width = this.#known.get(codePoint);
    if (width === undefined) {
      width = measure(codePoint);
      this.#known.set(codePoint, width);
    }
    return width;
  }

  /**
   * Say how a letter goes on from the one before it; bits as xterm.js packs them: whether it joins,
   * then its width.
   *
   * @param {number} codePoint
   * @param {number} preceding the same of the letter before, 0 for none
   * @returns {number}
   */
  charProperties(codePoint, preceding) {
    const width = this.wcwidth(codePoint);
    const widthBefore = (preceding >> 1) & 3;
    const joins = width === 0 && widthBefore > 0;
    return ((joins ? widthBefore : width) << 1) | (joins ? 1 : 0);
  }
}
