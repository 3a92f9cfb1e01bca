/** Show one machine's terminal: xterm.js, its addons, and the connection that feeds it. */

import { watchAppearance } from "../lib/appearance.js";
import { disarm } from "../lib/control_characters.js";
import { find, toast } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { answerOnlyWhen, isPassive, isReport } from "./answers.js";
import { bannerText, exitText, inputLost } from "./banner.js";
import { BlockRunner } from "./input/block_runner.js";
import { allowWriting, copySelection, wirePastes } from "./input/clipboard.js";
import { CommandOutput } from "./command_output.js";
import { Connection } from "./connection.js";
import { createTerminal, useWebgl } from "./create_terminal.js";
import { newDecoder } from "./decoder.js";
import { wireInputMethod } from "./input/input_method.js";
import { pageKey } from "./input/page_keys.js";
import { Search } from "./search.js";
import { SettleDetector } from "./settle_detector.js";
import { ShellState } from "./shell_state.js";
import { Size } from "./size.js";
import { readTheme } from "./theme.js";
import { wireWheel } from "./input/wheel.js";

/**
 * @import { Terminal } from "@xterm/xterm"
 * @import { RunOptions, RunResult } from "./input/block_runner.js"
 * @import { ConnectionState, Handlers, StateDetail } from "./connection.js"
 * @import { Hello } from "./frames.js"
 */

export class TerminalView {
  /** @type {Terminal} */
  terminal = createTerminal();
  /** Whether output is shown that was printed before this connection. */
  #replaying = false;
  /** Shows U+FFFD for what is no UTF-8, where xterm.js would leave it out. */
  #decoder = newDecoder();
  /** @type {Connection | null} */
  #connection = null;
  #url = "";
  #role = "owner";
  #encoder = new TextEncoder();
  #root;
  #search;
  #size;
  #modify;
  #settleDetector = new SettleDetector(() => this.#dispatchSettled());
  #shell = new ShellState(this.terminal);
  #output = new CommandOutput(this.terminal);
  #resized = new ResizeObserver(() => this.#size.fitSoon());
  #disposed = false;
  #runner = new BlockRunner({
    isLive: () => this.state === "live" && this.#role !== "watch",
    isReplaying: () => this.#replaying,
    hasEnded: () => this.#shell.hasEnded,
    hasProgram: () => this.#shell.hasProgram,
    isFullScreen: () => this.#shell.isFullScreen,
    takesPastes: () => this.terminal.modes.bracketedPasteMode,
    hasPrompt: () => this.#shell.hasPrompt,
    quietMs: () => this.#shell.quietMs,
    paste: (block) => this.#pasteBlock(block),
    press: (keys) => this.press(keys),
  });

  /**
   * @param {HTMLElement} root the `.machine` element
   * @param {(data: string) => string} [modify] what a held Ctrl makes of typed text
   */
  constructor(root, modify = (data) => data) {
    this.#root = root;
    this.#modify = modify;
    const host = find(".machine__screen", HTMLElement, root);
    this.#size = new Size(
      this.terminal,
      root,
      () => this.state === "live",
      ({ cols, rows }) => this.#connection?.resize(cols, rows),
    );
    this.#search = new Search(this.terminal, root, () => this.focus());
    allowWriting(this.terminal, () => this.#answers);
    answerOnlyWhen(this.terminal, () => this.#answers);
    this.terminal.open(host);
    this.terminal.textarea?.setAttribute("aria-describedby", "terminal-hint"); // the way out
    useWebgl(this.terminal);
    wirePastes(host, this.terminal);
    wireWheel(this.terminal);
    this.#listen(host);
  }

  /** Whether what the machine prints now is this viewer's to answer, and nobody else's. */
  get #answers() {
    return this.#size.leads && !this.#replaying;
  }

  get state() {
    return this.#connection?.state ?? "idle";
  }

  /**
   * Everything on the screen and above it, as text; for tests and assistive tools.
   *
   * @returns {string}
   */
  get text() {
    const buffer = this.terminal.buffer.active;
    const lines = [];
    for (let row = 0; row < buffer.length; row += 1) {
      lines.push(buffer.getLine(row)?.translateToString(true) ?? "");
    }
    return lines.join("\n").trimEnd();
  }

  /**
   * Show the terminal at this address; asked again, reconnect only if the connection has ended.
   *
   * @param {string} url path of the websocket
   */
  connect(url) {
    if (this.#connection && this.#url !== url) this.disconnect();
    if (!this.#connection) {
      this.#url = url;
      this.terminal.reset();
      this.#decoder = newDecoder();
      this.#connection = new Connection(url, this.#handlers());
    }
    if (this.state !== "live") this.#size.fitLocally();
    this.#connection.open(this.terminal.cols, this.terminal.rows);
  }

  /** Disconnect from the machine; its output stays until the next one's. */
  disconnect() {
    this.#connection?.close();
    this.#connection = null;
    this.#root.dataset.state = "idle";
  }

  /** Disconnect, and draw nothing any more. */
  dispose() {
    this.#disposed = true;
    this.#resized.disconnect();
    this.disconnect();
    this.terminal.dispose();
  }

  /** Whether a program, such as an editor or a build, has the terminal rather than the shell. */
  get hasProgram() {
    return this.state === "live" && this.#shell.hasProgram;
  }

  /** Whether the shell has ended, and the next key starts one. */
  get hasEnded() {
    return this.#shell.hasEnded;
  }

  /**
   * Enter a block of commands as a paste, and press Enter, when something waits for commands.
   *
   * @param {string} block
   * @param {RunOptions} [options]
   * @returns {Promise<RunResult>}
   */
  run(block, options) {
    this.terminal.scrollToBottom();
    return this.#runner.run(block, options);
  }

  /**
   * Paste a block so that its tabs arrive as tabs. A line editor that does not know pastes would
   * complete words at them; Ctrl-V before a key makes it text there, as for the terminal itself.
   *
   * @param {string} block
   */
  #pasteBlock(block) {
    const text = disarm(block);
    const marked = this.terminal.modes.bracketedPasteMode;
    this.terminal.paste(marked ? text : text.replaceAll("\t", "\x16\t"));
  }

  /**
   * Wait for what the next command prints, where its shell tells where that begins and ends.
   *
   * @returns {Promise<string | null>}
   */
  nextOutput() {
    return this.#output.next();
  }

  /**
   * Enter a key's sequence as if it had been pressed.
   *
   * @param {string} sequence
   */
  press(sequence) {
    this.terminal.input(sequence, true);
  }

  focus() {
    this.terminal.focus();
  }

  openSearch() {
    this.#search.open();
  }

  /** @param {boolean} on */
  setScreenReader(on) {
    this.terminal.options.screenReaderMode = on;
  }

  // --- From the connection ------------------------------------------------------------------

  /** @returns {Handlers} */
  #handlers() {
    return {
      onState: (state, detail) => this.#showState(state, detail),
      onHello: (hello) => this.#greeted(hello),
      onData: (bytes, rendered) => this.#printed(bytes, rendered),
      onSize: (cols, rows) => this.#inOrder(() => this.#size.set(cols, rows)),
      onTurn: (leads) => this.#inOrder(() => this.#size.lead(leads)),
      onCaughtUp: () => this.#inOrder(() => this.#caughtUp()),
      onExit: (code) => this.#inOrder(() => this.#exited(code)),
      onInputLost: (bytes) => toast(inputLost(bytes)),
    };
  }

  /** @param {Hello} hello */
  #greeted(hello) {
    this.#role = hello.role;
    // From now on, although older bytes may wait to be drawn: no question of theirs is ours any more.
    this.#replaying = true;
    this.#inOrder(() => {
      this.#size.leads = false;
      this.#size.watches = hello.role === "watch";
      if (hello.reset) this.terminal.reset();
      this.terminal.resize(hello.cols, hello.rows);
    });
    if (hello.reset) this.#wasReset(hello);
  }

  /** @param {Hello} hello */
  #wasReset({ seq, modes }) {
    this.#decoder = newDecoder();
    if (seq) this.terminal.write(`\x1b[2m${gettext("Older output is gone.")}\x1b[0m\r\n`);
    this.terminal.write(modes ?? "");
  }

  /**
   * @param {Uint8Array} bytes
   * @param {() => void} rendered
   */
  #printed(bytes, rendered) {
    this.#settleDetector.printed();
    this.#shell.printed();
    this.terminal.write(this.#decoder.decode(bytes, { stream: true }), rendered);
  }

  /** Tell the page that a typed command has probably done its work, so that it can be checked. */
  #dispatchSettled() {
    this.#dispatch("terminal-settled", { machine: this.#root.dataset.machine ?? "" });
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #dispatch(type, detail) {
    this.#root.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  #caughtUp() {
    this.#replaying = false;
    this.#size.fitSoon();
  }

  /**
   * Act when all that came before has been drawn; xterm.js calls back between two writes.
   *
   * @param {() => void} action
   */
  #inOrder(action) {
    this.terminal.write("", action);
  }

  /** @param {number} code */
  #exited(code) {
    this.#shell.ended();
    if (!this.#replaying) this.#showBanner(exitText(code), false);
  }

  /**
   * @param {ConnectionState} state
   * @param {StateDetail} detail
   */
  #showState(state, detail) {
    this.#root.dataset.state = state;
    const retries = state === "reconnecting" || state === "offline";
    this.#showBanner(bannerText(state, detail), retries);
    this.#dispatch("terminal-state", { state });
  }

  /**
   * @param {string} text empty hides the banner
   * @param {boolean} retry whether to offer a retry
   */
  #showBanner(text, retry) {
    const banner = find(".machine__banner", HTMLElement, this.#root);
    find("[data-banner-text]", HTMLElement, banner).textContent = text;
    find("[data-banner-retry]", HTMLElement, banner).hidden = !retry;
    banner.hidden = !text;
  }

  // --- From the user ------------------------------------------------------------------------

  /** @param {HTMLElement} host */
  #listen(host) {
    this.terminal.onData((data) => {
      const ignored = this.#replaying ? isReport(data) : !this.#size.leads && isPassive(data);
      if (!ignored) this.#typed(this.#encoder.encode(this.#modify(data)));
    });
    this.terminal.onBinary((data) => {
      if (this.#replaying) return;
      this.#typed(Uint8Array.from(data, (character) => character.charCodeAt(0)));
    });
    const isInputMethods = wireInputMethod(host, this.terminal);
    this.terminal.attachCustomKeyEventHandler((event) => {
      return !isInputMethods(event) && this.#shortcut(event);
    });
    this.#resized.observe(host);
    host.addEventListener("focusin", () => this.#size.leads && this.#size.fitSoon());
    watchAppearance(() => this.#applyAppearance());
    const retry = find("[data-banner-retry]", HTMLElement, this.#root);
    retry.addEventListener("click", () => this.#connection?.retryNow());
  }

  /**
   * Send keystrokes, pastes, and xterm.js's answers to programs.
   *
   * @param {Uint8Array} bytes
   */
  #typed(bytes) {
    if (this.#role === "watch") return;
    if (this.state === "live") this.#showBanner("", false);
    this.#send(bytes);
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {boolean}
   */
  #send(bytes) {
    const sent = this.#connection?.send(bytes) ?? false;
    if (sent) this.#settleDetector.entered(bytes);
    if (!sent && this.state === "live") {
      toast(gettext("The last paste is still being sent. Wait a moment."));
    }
    return sent;
  }

  /**
   * Act on the keys that are the page's own; all others, Ctrl-C above all, go to the machine.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} whether xterm.js is to handle it
   */
  #shortcut(event) {
    const key = pageKey(event);
    if (!key) return true;
    // Leaving is the page's (workspace/panes.js); the browser's own paste needs no permission.
    if (key === "leave" || key === "paste") return false;
    event.preventDefault();
    if (event.type !== "keydown") return false;
    if (key === "copy") void copySelection(this.terminal);
    else if (key === "search") this.openSearch();
    else this.press(key.send);
    return false;
  }

  /** Take on the page's theme and text size. */
  #applyAppearance() {
    if (this.#disposed) return;
    this.terminal.options.theme = readTheme();
    this.#size.restyle();
  }
}
