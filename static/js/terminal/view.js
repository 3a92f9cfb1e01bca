/** Show one machine's terminal: xterm.js, its addons, and the connection that feeds it. */

import { FitAddon } from "@xterm/addon-fit";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import { sizeOf, watchAppearance } from "../lib/appearance.js";
import { find, toast } from "../lib/dom.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { bannerText } from "./banner.js";
import { allowWriting, copySelection, limitPastes } from "./clipboard.js";
import { Connection } from "./connection.js";
import { Search } from "./search.js";
import { SettleDetector } from "./settle_detector.js";
import { addNonceToStyles } from "./style_nonce.js";
import { readFont, readTheme } from "./theme.js";

/**
 * @import { ConnectionState, Handlers, StateDetail } from "./connection.js"
 * @import { Hello } from "./frames.js"
 */

const FIT_AFTER_MS = 60;
/** A size that the server hasn't confirmed within this time is taken to hold. */
const CONFIRM_MS = 400;
/** Columns or rows. */
const SIZE_MAX = 1000;

/**
 * @param {MouseEvent} _event
 * @param {string} address
 */
function openLink(_event, address) {
  if (/^https?:/.test(address)) window.open(address, "_blank", "noopener,noreferrer");
}

/**
 * @param {number} code a shell's: above 128 the signal that ended it
 * @returns {string}
 */
function exitText(code) {
  if (code > 128) {
    return fill(gettext("The shell was ended by signal %(signal)s."), { signal: code - 128 });
  }
  if (code) return fill(gettext("The shell has ended with exit code %(code)s."), { code });
  return gettext("The shell has ended.");
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function inputLost(bytes) {
  return ngettext(
    "The connection broke: %(count)s byte of what you pasted was not sent.",
    "The connection broke: %(count)s bytes of what you pasted were not sent.",
    bytes,
  );
}

/** @returns {Terminal} */
function createTerminal() {
  addNonceToStyles();
  const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return new Terminal({
    allowProposedApi: true, // for grapheme clusters and search decorations
    cursorBlink: !reducedMotion,
    fontFamily: readFont(),
    fontSize: sizeOf("terminal"),
    lineHeight: 1.15,
    linkHandler: { activate: openLink },
    minimumContrastRatio: 4.5,
    scrollback: 5000,
    theme: readTheme(),
  });
}

export class TerminalView {
  /** @type {Terminal} */
  terminal = createTerminal();
  #fit = new FitAddon();
  /** Whether old output is shown again: programs' queries in it were answered long ago. */
  #replaying = false;
  /** @type {number | undefined} */
  #fitTimer;
  /** @type {Connection | null} */
  #connection = null;
  #url = "";
  #role = "owner";
  #encoder = new TextEncoder();
  #root;
  #search;
  #modify;
  #settleDetector = new SettleDetector(() => this.#dispatchSettled());

  /**
   * @param {HTMLElement} root the `.machine` element
   * @param {(data: string) => string} [modify] what a held Ctrl makes of typed text
   */
  constructor(root, modify = (data) => data) {
    this.#root = root;
    this.#modify = modify;
    const host = find(".machine__screen", HTMLElement, root);
    this.terminal.loadAddon(this.#fit);
    this.terminal.loadAddon(new UnicodeGraphemesAddon());
    this.terminal.loadAddon(new WebLinksAddon(openLink));
    this.#search = new Search(this.terminal, root, () => this.focus());
    allowWriting(this.terminal, () => !this.#replaying);
    this.terminal.open(host);
    this.#useWebgl();
    limitPastes(host, toast);
    this.#listen(host);
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
      this.#connection = new Connection(url, this.#handlers());
    }
    this.#fitLocally();
    this.#connection.open(this.terminal.cols, this.terminal.rows);
  }

  /** Disconnect from the machine; its output stays until the next one's. */
  disconnect() {
    this.#connection?.close();
    this.#connection = null;
    this.#root.dataset.state = "idle";
  }

  /**
   * Type for the user.
   *
   * @param {string} keys
   * @returns {boolean} false when there is no connection
   */
  type(keys) {
    if (this.state !== "live") return false;
    this.terminal.scrollToBottom();
    return this.#send(this.#encoder.encode(keys));
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
      onSize: (cols, rows) => this.#inOrder(() => this.terminal.resize(cols, rows)),
      onCaughtUp: () => this.#inOrder(() => this.#caughtUp()),
      onExit: (code) => this.#inOrder(() => this.#exited(code)),
      onInputLost: (bytes) => toast(inputLost(bytes)),
    };
  }

  /** @param {Hello} hello */
  #greeted(hello) {
    this.#role = hello.role;
    // Then its output was shown before, by another page or by this one before a reload.
    const replay = hello.reset || hello.seq === 0;
    this.#inOrder(() => {
      this.#replaying = replay;
      if (hello.reset) this.terminal.reset();
      this.terminal.resize(hello.cols, hello.rows);
    });
  }

  /**
   * @param {Uint8Array} bytes
   * @param {() => void} rendered
   */
  #printed(bytes, rendered) {
    this.#settleDetector.printed();
    this.terminal.write(bytes, rendered);
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
    this.#fitSoon();
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
    if (this.#replaying) return;
    this.#showBanner(`${exitText(code)} ${gettext("Press a key to start a new one.")}`, false);
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
    this.terminal.onData((data) => this.#typed(this.#encoder.encode(this.#modify(data))));
    this.terminal.onBinary((data) => {
      this.#typed(Uint8Array.from(data, (character) => character.charCodeAt(0)));
    });
    this.terminal.attachCustomKeyEventHandler((event) => this.#shortcut(event));
    new ResizeObserver(() => this.#fitSoon()).observe(host);
    host.addEventListener("focusin", () => this.#fitSoon());
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
    if (this.#replaying || this.#role === "watch") return;
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
    if (event.key === "F6") return false; // the page's way out of the terminal
    if (!event.ctrlKey || !event.shiftKey || event.altKey) return true;
    if (event.code === "KeyV") return false; // the browser's own paste, which needs no permission
    if (event.code !== "KeyC" && event.code !== "KeyF") return true;
    event.preventDefault();
    if (event.type !== "keydown") return false;
    if (event.code === "KeyC") void copySelection(this.terminal, toast);
    else this.openSearch();
    return false;
  }

  // --- Size ---------------------------------------------------------------------------------

  #fitSoon() {
    window.clearTimeout(this.#fitTimer);
    this.#fitTimer = window.setTimeout(() => this.#fitNow(), FIT_AFTER_MS);
  }

  /**
   * Ask for the size that fits.
   *
   * The terminal follows when the server says from which byte on it holds, so that what was printed
   * for the old size is drawn at the old size.
   */
  #fitNow() {
    const size = this.#proposed();
    if (!size || this.#role === "watch") return;
    if (this.state !== "live") return this.#fitLocally();
    if (size.cols === this.terminal.cols && size.rows === this.terminal.rows) return;
    this.#connection?.resize(size.cols, size.rows);
    this.#fitTimer = window.setTimeout(() => this.#fitLocally(), CONFIRM_MS);
  }

  #fitLocally() {
    const size = this.#proposed();
    if (size) this.terminal.resize(size.cols, size.rows);
  }

  /** @returns {{cols: number, rows: number} | null} null while the terminal is hidden */
  #proposed() {
    const size = this.#fit.proposeDimensions();
    // A hidden terminal proposes NaN, which fails every comparison.
    const fits = size && size.cols > 2 && size.rows > 1;
    if (!fits) return null;
    return { cols: Math.min(size.cols, SIZE_MAX), rows: Math.min(size.rows, SIZE_MAX) };
  }

  /** Take on the page's theme and text size. */
  #applyAppearance() {
    this.terminal.options.theme = readTheme();
    this.terminal.options.fontSize = sizeOf("terminal");
    this.#fitSoon();
  }

  // --- Drawing ------------------------------------------------------------------------------

  /** Draw with WebGL where it works; without the addon xterm.js falls back to the DOM. */
  #useWebgl() {
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => addon.dispose());
      this.terminal.loadAddon(addon);
    } catch (error) {
      console.info("Terminal drawn without WebGL:", error);
    }
  }
}
