/** Scroll programs that fill the screen, such as `less`, by the mouse wheel. */

/** @import { Terminal } from "@xterm/xterm" */

/** What a terminal scrolls for one notch of a wheel, whose size browsers give as 120. */
export const LINES_PER_NOTCH = 3;
const NOTCH = 120;
/** The lines that a program is told of at once; a flung touchpad asks for hundreds. */
const LINES_MAX = 60;

/**
 * Count whole lines as the wheel turns; what is left over goes to the next turn.
 */
export class WheelLines {
  #rest = 0;

  /**
   * @param {number} turned in parts of a notch of 120, up positive, as `wheelDeltaY` counts
   * @returns {number} lines, down positive
   */
  turn(turned) {
    const lines = (-turned / NOTCH) * LINES_PER_NOTCH;
    if (lines * this.#rest < 0) this.#rest = 0;
    const total = this.#rest + lines;
    const whole = Math.trunc(total);
    this.#rest = total - whole;
    return Math.max(-LINES_MAX, Math.min(LINES_MAX, whole));
  }
}

/**
 * Give programs without a mouse three arrow keys a notch, as other terminals do; xterm.js gives
 * one (6.0).
 *
 * @param {Terminal} terminal
 */
export function wireWheel(terminal) {
  const lines = new WheelLines();
  terminal.attachCustomWheelEventHandler((event) => {
    const { modes, buffer } = terminal;
    const programScrolls = buffer.active.type === "alternate" && modes.mouseTrackingMode === "none";
    if (!programScrolls || event.shiftKey || event.ctrlKey) return true;
    event.preventDefault();
    const legacy = /** @type {WheelEvent & {wheelDeltaY?: number}} */ (event);
    const count = lines.turn(legacy.wheelDeltaY ?? -event.deltaY);
    const key = `\x1b${modes.applicationCursorKeysMode ? "O" : "["}${count < 0 ? "A" : "B"}`;
    if (count) terminal.input(key.repeat(Math.abs(count)), true);
    return false;
  });
}
