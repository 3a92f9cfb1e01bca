/**
 * Go from one part of the workspace to the next: by F6, back to the text by Ctrl-Shift-L too, and
 * by buttons on a narrow screen, which shows one at a time. Whoever comes back to the text is where
 * they were. Ctrl-Shift-Enter shows the half that has the keyboard alone.
 */

import { find } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { wireSplitter } from "../lib/splitter.js";
import { recall, remember } from "../lib/storage.js";
import { pageKey } from "../terminal/input/page_keys.js";
import { FocusMode } from "./focus_mode.js";

/** Each lesson has its own, since whoever comes to a new one reads first. */
const KEY = `pane:${window.location.pathname}`;

/**
 * @typedef {"lesson" | "terminal" | "panels"} Pane
 *
 * @typedef {object} PaneParts
 * @property {() => void} focusTerminal
 * @property {() => boolean} [focusPanels] false where no panel is there to be focused
 * @property {() => void} [changed] called after another pane was shown on a narrow screen
 */

/**
 * @param {HTMLElement} workspace
 * @param {PaneParts} parts
 */
export function wirePanes(workspace, { focusTerminal, focusPanels = () => false, changed }) {
  const buttons = /** @type {HTMLElement[]} */ ([...workspace.querySelectorAll("[data-show]")]);
  const lesson = find("#main", HTMLElement);
  const names = buttons.map((button) => button.dataset.show ?? "");

  const focusMode = new FocusMode(() => enter(focusMode.half === "machine" ? "terminal" : "lesson"));
  const halfOf = (/** @type {Pane} */ pane) => (pane === "lesson" ? "lesson" : "machine");

  /** @param {Pane} pane shown, beside the other half where there is room */
  function show(pane) {
    focusMode.uncover(halfOf(pane));
    workspace.dataset.pane = pane;
    remember(KEY, pane);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.show === pane));
    }
    changed?.();
  }

  /** @type {HTMLElement | null} */
  let lastInLesson = null;
  lesson.addEventListener("focusin", ({ target }) => {
    lastInLesson = target instanceof HTMLElement ? target : null;
  });

  /**
   * @param {Pane} pane shown and given the focus
   * @param {boolean} [backwards] where to go on to if that pane has nothing to be focused
   */
  function enter(pane, backwards = false) {
    focusMode.follow(halfOf(pane));
    show(pane);
    if (pane === "terminal") return focusTerminal();
    if (pane === "panels") {
      if (focusPanels()) return;
      return enter(backwards ? "terminal" : "lesson");
    }
    const last = lastInLesson?.isConnected && lastInLesson.checkVisibility() ? lastInLesson : null;
    if (!last) return lesson.focus({ preventScroll: true });
    last.focus({ preventScroll: true });
    last.scrollIntoView({ block: "nearest" });
  }

  /** @returns {Pane} where the keyboard is */
  function current() {
    const within = (/** @type {string} */ selector) =>
      document.querySelector(selector)?.contains(document.activeElement);
    if (within("#panels")) return "panels";
    return within("#terminal-pane") ? "terminal" : "lesson";
  }

  /** @type {Record<Pane, Pane>} */
  const next = { lesson: "terminal", terminal: "panels", panels: "lesson" };
  /** @type {Record<Pane, Pane>} */
  const previous = { lesson: "panels", terminal: "lesson", panels: "terminal" };

  /** @param {KeyboardEvent} event */
  function cross(event) {
    const from = current();
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "Enter" && event.ctrlKey && event.shiftKey) {
      focusMode.toggle(halfOf(from));
      event.stopPropagation(); // a terminal would take it for Enter
    } else if (event.key === "F6" && plain) {
      enter((event.shiftKey ? previous : next)[from], event.shiftKey);
    } else if (from !== "lesson" && pageKey(event) === "leave") enter("lesson");
    else return;
    event.preventDefault();
  }

  for (const button of buttons) {
    button.addEventListener("click", () => show(/** @type {Pane} */ (button.dataset.show)));
  }
  // Before the terminal sees the key.
  window.addEventListener("keydown", cross, { capture: true });
  wireSplitter({
    splitter: find("#splitter", HTMLElement),
    area: workspace,
    property: "--split",
    key: () => "split",
    axis: () => "x",
    label: (percent) => fill(gettext("Lesson %(percent)s percent wide"), { percent }),
  });
  const stored = recall(KEY);
  if (stored && names.includes(stored)) show(/** @type {Pane} */ (stored));
  return { show, enter, toggleText: () => focusMode.toggle("lesson") };
}
