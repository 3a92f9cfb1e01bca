/**
 * Keep a terminal at the size that its programs write for.
 *
 * That is this window's while it leads, which is told to the machine. Otherwise it is another
 * window's: the text is made smaller until it fits, and scrolls below that.
 */

import { FitAddon } from "@xterm/addon-fit";
import { sizeOf } from "../lib/appearance.js";
import { find } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";

/** @import { Terminal } from "@xterm/xterm" */

const FIT_AFTER_MS = 60;
/** A size that the server hasn't confirmed within this time is taken to hold. */
const CONFIRM_MS = 400;
/** Columns or rows. */
const SIZE_MAX = 1000;
/** The smallest text that can still be read, in pixels, and the steps towards it. */
const FONT_MIN = 6;
const FONT_STEP = 0.5;

/** @typedef {{cols: number, rows: number}} Dimensions */

export class Size {
  /** Whether the machine has this window's size. */
  leads = false;
  /** Whether this viewer may only look. */
  watches = false;
  #fit = new FitAddon();
  /** @type {number | undefined} */
  #timer;
  #terminal;
  #host;
  #note;
  #isLive;
  #send;

  /**
   * @param {Terminal} terminal
   * @param {HTMLElement} root the `.machine` element
   * @param {() => boolean} isLive
   * @param {(size: Dimensions) => void} send tells the server this window's size
   */
  constructor(terminal, root, isLive, send) {
    this.#terminal = terminal;
    this.#host = find(".machine__screen", HTMLElement, root);
    this.#note = find("[data-size-note]", HTMLElement, root);
    this.#isLive = isLive;
    this.#send = send;
    terminal.loadAddon(this.#fit);
  }

  /** @param {boolean} leads */
  lead(leads) {
    this.leads = leads;
    this.fitSoon();
  }

  /**
   * Take on the size that the server says.
   *
   * @param {number} cols
   * @param {number} rows
   */
  set(cols, rows) {
    this.#terminal.resize(cols, rows);
    if (!this.leads) this.fitSoon();
  }

  /** Take on the text size that was chosen. */
  restyle() {
    if (this.leads) this.#useFont(sizeOf("terminal"));
    this.fitSoon();
  }

  fitSoon() {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#fitNow(), FIT_AFTER_MS);
  }

  /** Use the window as it is, without asking. */
  fitLocally() {
    this.#useFont(sizeOf("terminal"));
    const size = this.#proposed();
    if (size) this.#terminal.resize(size.cols, size.rows);
  }

  #fitNow() {
    if (!this.#isLive()) return this.watches || this.fitLocally();
    if (this.leads) this.#fill();
    else this.#shrink();
  }

  /**
   * Ask for the size that fits.
   *
   * The terminal follows when the server says from which byte on it holds, so that what was printed
   * for the old size is drawn at the old size.
   */
  #fill() {
    this.#useFont(sizeOf("terminal"));
    this.#follow(false);
    const size = this.#proposed();
    if (!size || this.#has(size)) return;
    this.#send(size);
    this.#timer = window.setTimeout(() => this.leads && this.fitLocally(), CONFIRM_MS);
  }

  /** Make the text small enough for another window's size; never larger than it was chosen. */
  #shrink() {
    const { cols, rows } = this.#terminal;
    this.#useFont(sizeOf("terminal"));
    const own = this.#proposed();
    if (!own) return;
    this.#follow(!this.#has(own));
    // Noted for the moment at which somebody types here.
    if (!this.watches) this.#send(own);
    const scale = Math.min(1, own.cols / cols, own.rows / rows);
    let font = Math.floor((sizeOf("terminal") * scale) / FONT_STEP) * FONT_STEP;
    for (; font > FONT_MIN; font -= FONT_STEP) {
      this.#useFont(font);
      const room = this.#proposed();
      if (room && room.cols >= cols && room.rows >= rows) return;
    }
    this.#useFont(FONT_MIN);
  }

  /** @param {Dimensions} size */
  #has({ cols, rows }) {
    return cols === this.#terminal.cols && rows === this.#terminal.rows;
  }

  /**
   * Say whose size it is, where it is not this window's.
   *
   * @param {boolean} follows
   */
  #follow(follows) {
    const { cols, rows } = this.#terminal;
    const text = this.watches
      ? gettext("Shown at the size of the student's window, %(cols)s × %(rows)s.")
      : gettext("Shown at another window's size, %(cols)s × %(rows)s. Type here to use this one's.");
    this.#host.toggleAttribute("data-follows", follows);
    this.#note.textContent = follows ? fill(text, { cols, rows }) : "";
    this.#note.hidden = !follows;
  }

  /** @param {number} pixels */
  #useFont(pixels) {
    if (this.#terminal.options.fontSize !== pixels) this.#terminal.options.fontSize = pixels;
  }

  /** @returns {Dimensions | null} null while the terminal is hidden */
  #proposed() {
    const size = this.#fit.proposeDimensions();
    // A hidden terminal proposes NaN, which fails every comparison.
    const fits = size && size.cols > 2 && size.rows > 1;
    if (!fits) return null;
    return { cols: Math.min(size.cols, SIZE_MAX), rows: Math.min(size.rows, SIZE_MAX) };
  }
}
