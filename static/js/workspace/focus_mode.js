/**
 * Show the text alone or the machine alone, on a screen that has room for both; remembered for each
 * lesson. js/prefs.js applies it ahead of the first paint.
 */

import { announce } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { recall, remember } from "../lib/storage.js";

const KEY = `focus:${window.location.pathname}`;
const WIDE = "(min-width: 50rem)";

/** @typedef {"lesson" | "machine"} Half */

export class FocusMode {
  #root = document.documentElement;
  #buttons;

  /** @param {() => void} moved called when the half that has the keyboard is gone */
  constructor(moved) {
    const buttons = document.querySelectorAll("[data-focus-on]");
    this.#buttons = /** @type {HTMLElement[]} */ ([...buttons]);
    for (const button of this.#buttons) {
      button.addEventListener("click", () => {
        this.set(/** @type {Half | ""} */ (button.dataset.focusOn ?? ""));
        if (document.activeElement === document.body) moved();
      });
    }
    this.set(/** @type {Half | ""} */ (recall(KEY) ?? ""), false);
  }

  /** The half that is alone; "" while both are shown. @returns {Half | ""} */
  get half() {
    const half = window.matchMedia(WIDE).matches ? this.#root.dataset.focus : "";
    return half === "lesson" || half === "machine" ? half : "";
  }

  /**
   * @param {Half | ""} half
   * @param {boolean} [chosen] whether somebody has just chosen it
   */
  set(half, chosen = true) {
    if (half) this.#root.dataset.focus = half;
    else delete this.#root.dataset.focus;
    for (const button of this.#buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.focusOn === half));
    }
    if (!chosen) return;
    remember(KEY, half);
    if (half === "lesson") announce(gettext("The text alone is shown."));
    else if (half) announce(gettext("The machine alone is shown."));
    else announce(gettext("Text and machine are shown."));
  }

  /**
   * Show a half alone, or both again.
   *
   * @param {Half} half
   */
  toggle(half) {
    this.set(this.half ? "" : half);
  }

  /**
   * Go to a half: if the other one is alone, this one is.
   *
   * @param {Half} half
   */
  follow(half) {
    if (this.half && this.half !== half) this.set(half);
  }

  /**
   * Show a half beside the other where it is hidden.
   *
   * @param {Half} half
   */
  uncover(half) {
    if (this.half && this.half !== half) this.set("");
  }
}
