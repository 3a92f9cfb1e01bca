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

/**
 * @typedef {"sent" | "full-screen" | "busy" | "not-live"} RunResult
 *
 * @typedef {object} RunTarget a terminal, as far as it matters here
 * @property {() => boolean} isLive whether it is connected
 * @property {() => boolean} isReplaying whether old output is still being shown
 * @property {() => boolean} hasEnded whether the shell has ended, and the next key starts one
 * @property {() => boolean} isFullScreen whether a program has the whole screen
 * @property {() => boolean} takesPastes whether the program wants pastes marked as such
 * @property {() => boolean} hasPrompt whether the cursor stands behind something
 * @property {() => number} quietMs how long nothing was printed
 * @property {(block: string) => void} paste
 * @property {(keys: string) => void} press
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
   * @param {boolean} [anyway] whether to enter it whatever runs
   * @returns {Promise<RunResult>}
   */
  run(block, anyway = false) {
    const result = this.#last.then(() => (anyway ? this.#enter(block) : this.#enterWhenReady(block)));
    // What is under way to the machine changes what the terminal shows only a moment later.
    this.#last = result.then(() => pause(SETTLE_MS));
    return result;
  }

  /**
   * @param {string} block
   * @returns {Promise<RunResult>}
   */
  async #enterWhenReady(block) {
    const target = this.#target;
    let started = false;
    for (let waited = 0; waited <= PATIENCE_MS; waited += POLL_MS) {
      if (!target.isLive()) return "not-live";
      if (target.isReplaying()) {
        // What the terminal shows is of before.
      } else if (target.hasEnded()) {
        if (!started) target.press("\r");
        started = true;
      } else if (target.isFullScreen()) {
        return "full-screen";
      } else if (this.#waitsForCommands(started)) {
        return this.#enter(block);
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
   * @returns {Promise<RunResult>}
   */
  async #enter(block) {
    if (!this.#target.isLive()) return "not-live";
    this.#target.paste(block);
    this.#target.press("\r");
    return "sent";
  }
}
