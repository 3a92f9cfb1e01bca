/**
 * Switch between the workspace's two halves: by F6, out of the terminal by Ctrl-Shift-L too, and by
 * buttons on a narrow screen. Whoever comes back to the text is where they were.
 */

import { find } from "../lib/dom.js";
import { recall, remember } from "../lib/storage.js";
import { pageKey } from "../terminal/input/page_keys.js";
import { wireSplitter } from "./splitter.js";

/** Each lesson has its own, since whoever comes to a new one reads first. */
const KEY = `pane:${window.location.pathname}`;

/**
 * @import { Terminals } from "./terminals/terminals.js"
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

  /** @type {HTMLElement | null} */
  let lastInLesson = null;
  lesson.addEventListener("focusin", ({ target }) => {
    lastInLesson = target instanceof HTMLElement ? target : null;
  });

  /** @param {Pane} pane shown and given the focus */
  function enter(pane) {
    show(pane);
    if (pane === "terminal") return terminals.focus();
    const last = lastInLesson?.isConnected && lastInLesson.checkVisibility() ? lastInLesson : null;
    if (!last) return lesson.focus({ preventScroll: true });
    last.focus({ preventScroll: true });
    last.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  function cross(event) {
    const inTerminal = find("#terminal-pane", HTMLElement).contains(document.activeElement);
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const leaves = inTerminal && pageKey(event) === "leave";
    if (!leaves && !(event.key === "F6" && plain)) return;
    event.preventDefault();
    enter(inTerminal ? "lesson" : "terminal");
  }

  for (const button of buttons) {
    button.addEventListener("click", () => show(/** @type {Pane} */ (button.dataset.show)));
  }
  // Before the terminal sees the key.
  window.addEventListener("keydown", cross, { capture: true });
  wireSplitter(workspace, find("#splitter", HTMLElement));
  if (recall(KEY) === "terminal") show("terminal");
  return { show, enter };
}
