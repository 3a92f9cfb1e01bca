/**
 * Act on the keys of the lesson page, which are listed under `?`.
 *
 * They are single letters, so they hold only outside the terminal and outside fields, and can be
 * switched off (WCAG 2.2, 2.1.4): voice control types letters by mistake.
 */

import { changeSize } from "../lib/appearance.js";
import { find } from "../lib/dom.js";
import { recall, remember } from "../lib/storage.js";

const KEY = "shortcuts";
const TEXT_INPUTS = "input, textarea, select, [contenteditable], .xterm, dialog";

/**
 * Whether keys that are pressed there are input to it.
 *
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
function takesText(target) {
  return target instanceof Element && target.closest(TEXT_INPUTS) !== null;
}

/** @param {1 | -1} step to the next exercise, or the one before, from the top of the screen */
function goToExercise(step) {
  const exercises = [...document.querySelectorAll(".exercise")];
  const edge = find("#main", HTMLElement).getBoundingClientRect().top + 40;
  const tops = exercises.map((exercise) => exercise.getBoundingClientRect().top);
  const next = tops.findIndex((top) => top > edge);
  const previous = tops.findLastIndex((top) => top < edge - 80);
  const exercise = exercises[step > 0 ? next : previous];
  if (!exercise) return;
  exercise.scrollIntoView({ block: "start" });
  const way = exercise.querySelector("[data-check], .exercise__foot a");
  if (way instanceof HTMLElement) way.focus({ preventScroll: true });
}

/** @param {"prev" | "next"} rel */
function goToLesson(rel) {
  const link = document.querySelector(`.lesson-nav a[rel="${rel}"]`);
  if (link instanceof HTMLAnchorElement) window.location.assign(link.href);
}

/**
 * @param {() => void} [toTerminal]
 * @param {() => void} [toggleFocus] shows the text alone, or both halves again
 */
export function wireShortcuts(toTerminal = () => {}, toggleFocus = () => {}) {
  const dialog = find("#dialog-shortcuts", HTMLDialogElement);
  const enabled = find("[data-shortcuts]", HTMLInputElement, dialog);
  enabled.checked = recall(KEY) !== "off";
  enabled.addEventListener("change", () => remember(KEY, enabled.checked ? "on" : "off"));

  /** @type {Record<string, () => void>} */
  const actions = {
    "?": () => dialog.showModal(),
    j: () => goToExercise(1),
    k: () => goToExercise(-1),
    n: () => goToLesson("next"),
    p: () => goToLesson("prev"),
    t: toTerminal,
    f: toggleFocus,
    "+": () => changeSize("text", 1),
    "-": () => changeSize("text", -1),
  };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (!enabled.checked || takesText(event.target)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const button of document.querySelectorAll("[data-open-shortcuts]")) {
    button.addEventListener("click", () => dialog.showModal());
  }
}
