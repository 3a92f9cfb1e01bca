/** Tell from what a terminal shows whether its shell waits for commands, or a program runs. */

/** @import { Terminal } from "@xterm/xterm" */

export class ShellState {
  /** Whether the shell has ended; the next key starts a new one. */
  hasEnded = false;
  /** Whether the shell marks pastes, as bash does at its prompt and only there. */
  #marksPastes = false;
  #printedAt = 0;
  #terminal;

  /** @param {Terminal} terminal */
  constructor(terminal) {
    this.#terminal = terminal;
    terminal.onWriteParsed(() => {
      if (terminal.modes.bracketedPasteMode) this.#marksPastes = true;
    });
  }

  /** Note that the machine has printed something. */
  printed() {
    this.hasEnded = false;
    this.#printedAt = performance.now();
  }

  ended() {
    this.hasEnded = true;
  }

  get quietMs() {
    return performance.now() - this.#printedAt;
  }

  /** Whether a program such as an editor or a pager has the whole screen. */
  get isFullScreen() {
    return this.#terminal.buffer.active.type === "alternate";
  }

  /** Whether the cursor stands behind something, as it does behind a prompt. */
  get hasPrompt() {
    return this.#terminal.buffer.active.cursorX > 0;
  }

  /** Whether a program runs in the foreground, as far as the terminal shows it. */
  get hasProgram() {
    if (this.hasEnded) return false;
    return this.isFullScreen || (this.#marksPastes && !this.#terminal.modes.bracketedPasteMode);
  }
}
