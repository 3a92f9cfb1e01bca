/** Detect when a typed command has probably done its work. */

/** The terminal has been silent for so long since something was entered, … */
export const SILENCE_MS = 1_500;
/** … or has printed for so long that it runs a program that never ends. */
export const PATIENCE_MS = 10_000;

/** Enter, Ctrl-C and Ctrl-D. Other keys change nothing yet. */
const ENDS = new Set([13, 10, 3, 4]);

export class SettleDetector {
  #settled;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {() => void} settled */
  constructor(settled) {
    this.#settled = settled;
  }

  /** @param {Uint8Array} bytes that were typed or pasted */
  entered(bytes) {
    if (!bytes.some((byte) => ENDS.has(byte))) return;
    this.#patience ??= setTimeout(() => this.#fire(), PATIENCE_MS);
    this.#restartSilence();
  }

  /** Note that the machine has printed something. */
  printed() {
    if (this.#silence !== undefined) this.#restartSilence();
  }

  #restartSilence() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fire(), SILENCE_MS);
  }

  #fire() {
    clearTimeout(this.#silence);
    clearTimeout(this.#patience);
    this.#silence = this.#patience = undefined;
    this.#settled();
  }
}
