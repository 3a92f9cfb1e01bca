/** Tells when a command that was typed has probably done its work: something was entered, and the terminal has been
 * silent since, or has printed for so long that it is a program that never ends. */

export const SILENCE_MS = 1_500;
export const PATIENCE_MS = 10_000;

/** Enter, Ctrl-C and Ctrl-D. What else is typed changes nothing yet. */
const ENDS = new Set([13, 10, 3, 4]);

export class Settled {
  #tell;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {() => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {Uint8Array} bytes that were typed or pasted */
  entered(bytes) {
    if (!bytes.some((byte) => ENDS.has(byte))) return;
    this.#patience ??= setTimeout(() => this.#fire(), PATIENCE_MS);
    this.#wait();
  }

  /** The machine has printed something. */
  printed() {
    if (this.#silence !== undefined) this.#wait();
  }

  #wait() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fire(), SILENCE_MS);
  }

  #fire() {
    clearTimeout(this.#silence);
    clearTimeout(this.#patience);
    this.#silence = this.#patience = undefined;
    this.#tell();
  }
}
