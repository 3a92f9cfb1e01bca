/**
 * Turn a line that a program has printed into parts of text with classes each.
 *
 * Colours and bold are understood, because programs print them; everything else that would move a
 * terminal's cursor or title is shown as text, and does nothing.
 */

import { disarm } from "../../lib/control_characters.js";

/**
 * @typedef {object} Span
 * @property {string} text
 * @property {string} classes set apart by spaces
 */

/** Select Graphic Rendition, ECMA-48 8.3.117: `ESC [ 1 ; 31 m`. */
const SGR = /\x1b\[([\d;]*)m/g;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
/** Signs that turn the direction of what follows. */
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CODES_MAX = 16;

/**
 * Keep what a terminal would show of a line over which a program has written again and again.
 *
 * @param {string} line
 */
function lastWritten(line) {
  const parts = line.split("\r");
  return parts.findLast((part) => part) ?? "";
}

/**
 * @param {{bold: boolean, colour: string}} rendition
 * @param {string} codes
 */
function applyCodes(rendition, codes) {
  const numbers = codes.split(";").slice(0, CODES_MAX).map(Number);
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at];
    if (code === 38 || code === 48) return; // colours out of hundreds: left alone
    if (code === 0) Object.assign(rendition, { bold: false, colour: "" });
    else if (code === 1) rendition.bold = true;
    else if (code === 22) rendition.bold = false;
    else if (code === 39) rendition.colour = "";
    else if (code >= 30 && code <= 37) rendition.colour = COLOURS[code - 30];
    else if (code >= 90 && code <= 97) rendition.colour = COLOURS[code - 90];
  }
}

/**
 * @param {string} line
 * @returns {Span[]}
 */
export function readLine(line) {
  const rendition = { bold: false, colour: "" };
  /** @type {Span[]} */
  const spans = [];
  const shown = lastWritten(line);
  let from = 0;
  /** @param {string} raw */
  const add = (raw) => {
    const names = [rendition.bold && "desk-log--bold", rendition.colour && `desk-log--${rendition.colour}`];
    const text = disarm(raw).replace(TURNS, "\ufffd");
    if (text) spans.push({ text, classes: names.filter(Boolean).join(" ") });
  };
  for (const match of shown.matchAll(SGR)) {
    add(shown.slice(from, match.index));
    applyCodes(rendition, match[1]);
    from = match.index + match[0].length;
  }
  add(shown.slice(from));
  return spans;
}
