/** Switch between the workspace's two halves: by F6, and by buttons on a narrow screen. */

import { find } from "../lib/dom.js";
import { recall, remember } from "../lib/storage.js";
import { wireSplitter } from "./splitter.js";

/** Each lesson has its own, since whoever comes to a new one reads first. */
const KEY = `pane:${window.location.pathname}`;

/**
 * @import { Terminals } from "./terminals.js"
 * @typedef {"lesson" | "terminal"} Pane
 */

/**
 * @param {HTMLElement} workspace
 * @param {Terminals} terminals
 */
export function wirePanes(workspace, terminals) {
  const buttons = /** @type {HTMLElement[]} */ ([...workspace.querySelectorAll("[data-show]")]);
  const lesson = find("#main", HTMLElement);

  /** @param {Pane} pane */
  function show(pane) {
    workspace.dataset.pane = pane;
    remember(KEY, pane);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.show === pane));
    }
  }

  /** @param {KeyboardEvent} event */
  function cross(event) {
    if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const toLesson = find("#terminal-pane", HTMLElement).contains(document.activeElement);
    show(toLesson ? "lesson" : "terminal");
    if (toLesson) lesson.focus();
    else terminals.focus();
  }

  for (const button of buttons) {
    button.addEventListener("click", () => show(/** @type {Pane} */ (button.dataset.show)));
  }
  // Before the terminal sees the key.
  window.addEventListener("keydown", cross, { capture: true });
  wireSplitter(workspace, find("#splitter", HTMLElement));
  if (recall(KEY) === "terminal") show("terminal");
  return { show };
}
