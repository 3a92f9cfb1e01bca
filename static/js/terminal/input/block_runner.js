/**
 * Enter a block of commands in a terminal as a paste does, once something waits for commands.
 *
 * Knows nothing of xterm.js, so that tests drive it with a fake terminal and a fake clock
 * (tests/unit/js/block_runner.test.mjs).
 */

/** How often the terminal is looked at, and for how long before giving up. */
export const POLL_MS = 50;
export const PATIENCE_MS = 6_000;
/** Silence after which a prompt is taken for one: programs print before they read. */
const QUIET_MS = 100;
/** The same where a shell says nothing about pastes, or has only just begun. */
const LONG_QUIET_MS = 300;
const SETTLE_MS = 200;
/** Between one Ctrl-C and the next, for what does not stop at once. */
const INTERRUPT_MS = 1_500;
const INTERRUPTS_MAX = 3;
const INTERRUPT = "\x03";

/**
 * @typedef {"sent" | "full-screen" | "busy" | "not-live"} RunResult
 *
 * @typedef {object} RunTarget a terminal, as far as it matters here
 * @property {() => boolean} isLive whether it is connected
 * @property {() => boolean} isReplaying whether old output is still being shown
 * @property {() => boolean} hasEnded whether the shell has ended, and the next key starts one
 * @property {() => boolean} hasProgram whether a program runs in the foreground
 * @property {() => boolean} isFullScreen whether a program has the whole screen
 * @property {() => boolean} takesPastes whether the program wants pastes marked as such
 * @property {() => boolean} hasPrompt whether the cursor stands behind something
 * @property {() => number} quietMs how long nothing was printed
 * @property {(block: string) => void} paste
 * @property {(keys: string) => void} press
 *
 * @typedef {object} RunOptions
 * @property {boolean} [anyway] whether to enter the block whatever runs
 * @property {boolean} [interrupt] whether to stop what runs first, by Ctrl-C
 * @property {() => void} [entering] called right before the block is entered
 */

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class BlockRunner {
  /**
   * Blocks are entered one after another, in the order in which they came.
   *
   * @type {Promise<unknown>}
   */
  #last = Promise.resolve();
  #target;

  /** @param {RunTarget} target */
  constructor(target) {
    this.#target = target;
  }

  /**
   * @param {string} block lines without a last line break
   * @param {RunOptions} [options]
   * @returns {Promise<RunResult>}
   */
  run(block, options = {}) {
    const enter = () => (options.anyway ? this.#enter(block, options) : this.#wait(block, options));
    const result = this.#last.then(enter);
    // What is under way to the machine changes what the terminal shows only a moment later.
    this.#last = result.then(() => pause(SETTLE_MS));
    return result;
  }

  /**
   * @param {string} block entered as soon as something waits for commands
   * @param {RunOptions} options
   * @returns {Promise<RunResult>}
   */
  async #wait(block, options) {
    const target = this.#target;
    const { interrupt = false } = options;
    let started = false;
    let interrupts = 0;
    for (let waited = 0; waited <= PATIENCE_MS; waited += POLL_MS) {
      if (!target.isLive()) return "not-live";
      if (target.isReplaying()) {
        // What the terminal shows is of before.
      } else if (target.hasEnded()) {
        if (!started) target.press("\r");
        started = true;
      } else if (interrupt && target.hasProgram() && waited >= interrupts * INTERRUPT_MS) {
        if (interrupts < INTERRUPTS_MAX) target.press(INTERRUPT);
        interrupts += 1;
      } else if (target.isFullScreen()) {
        return "full-screen";
      } else if (this.#waitsForCommands(started)) {
        return this.#enter(block, options);
      }
      await pause(POLL_MS);
    }
    return "busy";
  }

  /**
   * Whether something waits for commands.
   *
   * @param {boolean} started whether a new shell was started for the block
   * @returns {boolean}
   */
  #waitsForCommands(started) {
    const target = this.#target;
    const marksPastes = target.takesPastes();
    if (!marksPastes && !target.hasPrompt()) return false;
    return target.quietMs() >= (marksPastes && !started ? QUIET_MS : LONG_QUIET_MS);
  }

  /**
   * @param {string} block
   * @param {RunOptions} options
   * @returns {Promise<RunResult>}
   */
  async #enter(block, { entering }) {
    if (!this.#target.isLive()) return "not-live";
    entering?.();
    this.#target.paste(block);
    this.#target.press("\r");
    return "sent";
  }
}
