/** Put Markdown around the selected text by buttons and keys, as students' pages understand it. */

import { machineNames } from "./preview.js";

/**
 * @typedef {object} Mark
 * @property {string} before
 * @property {string} after
 * @property {boolean} [block] stands on lines of its own
 */

/** @type {Record<string, Mark>} */
const MARKS = {
  heading: { before: "## ", after: "", block: true },
  bold: { before: "**", after: "**" },
  italic: { before: "*", after: "*" },
  code: { before: "`", after: "`" },
  list: { before: "- ", after: "", block: true },
  link: { before: "[", after: "](https://)" },
  run: { before: "```bash run=%machine\n", after: "\n```", block: true },
  note: { before: "::: note\n", after: "\n:::", block: true },
  warning: { before: "::: warning\n", after: "\n:::", block: true },
  hint: { before: "::: hint\n", after: "\n:::", block: true },
};

/** @type {Record<string, string>} */
const KEYS = { b: "bold", i: "italic", e: "code", k: "link" };

/** @param {HTMLFormElement} form */
export function startMarkdownToolbar(form) {
  const text = form.querySelector("textarea[data-markdown]");
  if (!(text instanceof HTMLTextAreaElement)) return;
  form.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.write) write(form, text, target);
  });
  text.addEventListener("keydown", (event) => {
    const command = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    const name = command ? KEYS[event.key] : undefined;
    const button = name ? form.querySelector(`[data-write="${name}"]`) : null;
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    write(form, text, button);
  });
}

/**
 * Put a mark around the selection, or around the button's sample when nothing is selected; what is
 * inside the mark is then selected.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} text
 * @param {HTMLElement} button
 */
function write(form, text, button) {
  const mark = MARKS[button.dataset.write ?? ""];
  if (!mark) return;
  const { selectionStart: start, selectionEnd: end, value } = text;
  const content = value.slice(start, end) || button.dataset.sample || "";
  const above = mark.block ? gap(value.slice(0, start), "endsWith") : "";
  const below = mark.block ? gap(value.slice(end), "startsWith") : "";
  const before = above + mark.before.replace("%machine", machineOf(form));
  text.focus();
  // No other way can be undone with Ctrl-Z; it also dispatches the input event.
  document.execCommand("insertText", false, before + content + mark.after + below);
  text.setSelectionRange(start + before.length, start + before.length + content.length);
}

/**
 * Find the newlines that are missing for an empty line between a block and the text beside it.
 *
 * @param {string} beside
 * @param {"startsWith" | "endsWith"} touches
 */
function gap(beside, touches) {
  if (!beside || beside[touches]("\n\n")) return "";
  return beside[touches]("\n") ? "\n" : "\n\n";
}

/**
 * Find the first machine's name: of an exercise's lesson, or as the form has it now.
 *
 * @param {HTMLFormElement} form
 */
function machineOf(form) {
  const names = form.dataset.machines || machineNames(form);
  return names.split(",")[0] || "box";
}
