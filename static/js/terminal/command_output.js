/**
 * Tell what the next command prints, by what a shell says around its prompt: it asks for marked
 * pastes while it reads a line (CSI ? 2004 h), and no longer (l) once Enter was pressed.
 */

/** @import { IMarker, Terminal } from "@xterm/xterm" */

const MARKED_PASTES = 2004;
/** Longer than this nobody waits to be told that all is well. */
const WITHIN_MS = 120_000;
/** Lines of output that are read at most. */
const LINES_MAX = 2_000;

/** @typedef {{line: IMarker, column: number}} Position */

export class CommandOutput {
  /** @type {((text: string | null) => void) | null} */
  #settle = null;
  /** @type {Position | null} */
  #start = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #terminal;

  /** @param {Terminal} terminal */
  constructor(terminal) {
    this.#terminal = terminal;
    const marks = (/** @type {(number | number[])[]} */ params) => params.includes(MARKED_PASTES);
    // Only looked at: the terminal acts on them as always.
    terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, (params) => {
      if (marks(params)) this.#began();
      return false;
    });
    terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
      if (marks(params)) this.#ended();
      return false;
    });
  }

  /**
   * Wait for what the command prints that is about to be entered.
   *
   * @returns {Promise<string | null>} null where that can't be told, or takes too long
   */
  next() {
    this.#finish(null);
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer = setTimeout(() => this.#finish(null), WITHIN_MS);
    });
  }

  /** @returns {Position | null} */
  #position() {
    const line = this.#terminal.registerMarker(0);
    return line && { line, column: this.#terminal.buffer.active.cursorX };
  }

  #began() {
    if (this.#settle && !this.#start) this.#start = this.#position();
  }

  #ended() {
    const start = this.#start;
    if (!start) return;
    // A line that is gone from the scrollback has the number -1.
    if (start.line.line < 0) return this.#finish(null);
    const { active } = this.#terminal.buffer;
    const end = active.baseY + active.cursorY;
    let text = "";
    for (let row = Math.max(start.line.line, end - LINES_MAX); row < end; row += 1) {
      const line = active.getLine(row);
      const from = row === start.line.line ? start.column : 0;
      const wraps = active.getLine(row + 1)?.isWrapped;
      text += (line?.translateToString(!wraps, from) ?? "") + (wraps ? "" : "\n");
    }
    const last = active.getLine(end)?.translateToString(false, 0, active.cursorX) ?? "";
    this.#finish(text + last);
  }

  /** @param {string | null} text */
  #finish(text) {
    clearTimeout(this.#timer);
    this.#start?.line.dispose();
    this.#start = null;
    const settle = this.#settle;
    this.#settle = null;
    settle?.(text);
  }
}
