/** The two halves of the workspace: which is shown on a narrow screen, how wide they are, F6 to go across. */

import { find, recall, remember } from "../lib/dom.js";
import { wireSplitter } from "./splitter.js";

/** Each lesson has its own: who comes to a new one reads first. */
const KEY = `pane:${window.location.pathname}`;

/** @typedef {"lesson" | "terminal"} Pane */

/** @param {HTMLElement} workspace @param {import("./terminals.js").Terminals} terminals */
export function wirePanes(workspace, terminals) {
  const buttons = /** @type {HTMLElement[]} */ ([...workspace.querySelectorAll("[data-show]")]);
  const lesson = find("#main", HTMLElement);

  /** @param {Pane} pane */
  function show(pane) {
    workspace.dataset.pane = pane;
    remember(KEY, pane);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === pane));
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

  for (const button of buttons) button.addEventListener("click", () => show(/** @type {Pane} */ (button.dataset.show)));
  // Before the terminal sees it.
  window.addEventListener("keydown", cross, { capture: true });
  wireSplitter(workspace, find("#splitter", HTMLElement));
  if (recall(KEY) === "terminal") show("terminal");
  return { show };
}
