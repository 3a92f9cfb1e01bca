/** Move a bar between two parts by mouse, touch or arrow keys, and remember its place. */

import { recall, remember } from "./storage.js";

/**
 * @typedef {object} SplitterOptions
 * @property {HTMLElement} splitter
 * @property {HTMLElement} area what it divides; bears the place as a custom property, in per cent
 * @property {string} property its name
 * @property {() => string} key in storage; may depend on how the parts lie
 * @property {() => "x" | "y"} axis along which it moves
 * @property {(percent: number) => string} label says where it is
 * @property {"start" | "end"} [from] the side of which the place is the size
 * @property {number} [start] where it is before it was moved
 * @property {number} [min]
 * @property {number} [max]
 */

/** Steps along the axis, seen from its start. @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/**
 * @param {SplitterOptions} options
 * @returns {() => void} puts it where it was left, after `key` or `axis` has changed
 */
export function wireSplitter(options) {
  const { splitter, area, property, key, axis, label, from = "start" } = options;
  const { start = 50, min = 25, max = 75 } = options;
  let percent = start;

  /**
   * @param {number} target in per cent
   * @param {boolean} [store] whether to remember it
   */
  function place(target, store = true) {
    percent = Math.round(Math.min(max, Math.max(min, target)) * 10) / 10;
    const rounded = Math.round(percent);
    area.style.setProperty(property, `${percent}%`);
    splitter.setAttribute("aria-valuemin", String(min));
    splitter.setAttribute("aria-valuemax", String(max));
    splitter.setAttribute("aria-valuenow", String(rounded));
    splitter.setAttribute("aria-valuetext", label(rounded));
    if (store) remember(key(), String(percent));
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const box = area.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width;
    const along = axis() === "x" ? across : (event.clientY - box.top) / box.height;
    place((from === "start" ? along : 1 - along) * 100, false);
  }

  function release() {
    splitter.removeEventListener("pointermove", drag);
    delete splitter.dataset.dragging;
    delete area.dataset.dragging;
    place(percent);
  }

  /** @param {KeyboardEvent} event */
  function targetOf({ key: name, shiftKey }) {
    const step = STEPS[name];
    if (step) return percent + step * (from === "start" ? 1 : -1) * (shiftKey ? 10 : 2);
    const [home, end] = from === "start" ? [min, max] : [max, min];
    return { Home: home, End: end, Enter: start }[name];
  }

  splitter.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    splitter.setPointerCapture(event.pointerId);
    splitter.dataset.dragging = area.dataset.dragging = "";
    splitter.addEventListener("pointermove", drag);
  });
  splitter.addEventListener("lostpointercapture", release);
  splitter.addEventListener("dblclick", () => place(start));
  splitter.addEventListener("keydown", (event) => {
    const target = targetOf(event);
    if (target === undefined) return;
    event.preventDefault();
    place(target);
  });

  function refresh() {
    splitter.setAttribute("aria-orientation", axis() === "x" ? "vertical" : "horizontal");
    place(Number(recall(key())) || start, false);
  }
  refresh();
  return refresh;
}
