/** Let a terminal answer its programs' questions only while it is its turn to. */

/**
 * @import { Terminal } from "@xterm/xterm"
 * @typedef {import("@xterm/xterm").IFunctionIdentifier} Question
 */

/**
 * Control sequences that xterm.js answers.
 *
 * @type {Question[]}
 */
const CONTROL_QUESTIONS = [
  { final: "c" }, // what are you?
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" }, // how are you, where is the cursor?
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" }, // is this mode on?
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" }, // which version?
  { prefix: "?", final: "u" }, // which keyboard?
  { final: "t" }, // how large? It takes none of the other requests of this kind.
];

/** @type {Question[]} */
const STRING_QUESTIONS = [
  { intermediates: "$", final: "q" }, // which setting?
  { intermediates: "+", final: "q" }, // which capability?
];

/** Palette, foreground, background and cursor: set by a colour, asked by a question mark. */
const COLOURS = [4, 10, 11, 12];

/**
 * Let questions pass unanswered while `answers` is false: another viewer of the same terminal
 * answers them, or they were answered long ago.
 *
 * @param {Terminal} terminal
 * @param {() => boolean} answers
 */
export function answerOnlyWhen(terminal, answers) {
  const { parser } = terminal;
  for (const question of CONTROL_QUESTIONS) {
    parser.registerCsiHandler(question, () => !answers());
  }
  for (const question of STRING_QUESTIONS) {
    parser.registerDcsHandler(question, () => !answers());
  }
  for (const colour of COLOURS) {
    parser.registerOscHandler(colour, (data) => !answers() && data.split(";").includes("?"));
  }
}

/**
 * Whether the terminal reports this, as a program asked: the focus, or what the mouse does.
 *
 * @param {string} data
 * @returns {boolean}
 */
export function isReport(data) {
  return /^\x1b\[[<MIO]/.test(data);
}

/**
 * Whether it is a report of somebody who only looks: the focus, or a pointer that moves with no
 * button held.
 *
 * @param {string} data
 * @returns {boolean}
 */
export function isPassive(data) {
  return /^\x1b\[(?:[IO]$|<(?:35|39|43|47|51|55|59|63);|M[CGKOSW[_])/.test(data);
}
