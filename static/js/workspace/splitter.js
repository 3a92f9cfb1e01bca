/** Move the bar between text and machine by mouse, touch or arrow keys, and remember its place. */

import { fill, gettext } from "../lib/i18n.js";
import { recall, remember } from "../lib/storage.js";

const MIN = 25;
const MAX = 75;
const START = 50;
const KEY = "split";

/** @type {Record<string, (percent: number, step: number) => number>} */
const KEYS = {
  ArrowLeft: (percent, step) => percent - step,
  ArrowRight: (percent, step) => percent + step,
  Home: () => MIN,
  End: () => MAX,
  Enter: () => START,
};

/**
 * @param {HTMLElement} workspace
 * @param {HTMLElement} splitter
 */
export function wireSplitter(workspace, splitter) {
  let percent = START;

  /**
   * @param {number} target in per cent
   * @param {boolean} [store] whether to remember it
   */
  function place(target, store = true) {
    percent = Math.round(Math.min(MAX, Math.max(MIN, target)) * 10) / 10;
    const rounded = Math.round(percent);
    workspace.style.setProperty("--split", `${percent}%`);
    splitter.setAttribute("aria-valuenow", String(rounded));
    const text = fill(gettext("Lesson %(percent)s percent wide"), { percent: rounded });
    splitter.setAttribute("aria-valuetext", text);
    if (store) remember(KEY, String(percent));
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const { left, width } = workspace.getBoundingClientRect();
    place(((event.clientX - left) / width) * 100, false);
  }

  function release() {
    splitter.removeEventListener("pointermove", drag);
    delete splitter.dataset.dragging;
    delete workspace.dataset.dragging;
    place(percent);
  }

  splitter.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    splitter.setPointerCapture(event.pointerId);
    splitter.dataset.dragging = workspace.dataset.dragging = "";
    splitter.addEventListener("pointermove", drag);
  });
  splitter.addEventListener("lostpointercapture", release);
  splitter.addEventListener("dblclick", () => place(START));
  splitter.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    place(move(percent, event.shiftKey ? 10 : 2));
  });
  place(Number(recall(KEY)) || START, false);
}
