/** Buttons and keys that put Markdown around what is selected in the text, as students' pages understand it. */

import { machineNames } from "./preview.js";

/**
 * `block`: stands on lines of its own.
 * @typedef {{ before: string, after: string, block?: boolean }} Mark
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
export function startWriting(form) {
  const text = form.querySelector("textarea[data-markdown]");
  if (!(text instanceof HTMLTextAreaElement)) return;
  /** @param {string} name */
  const button = (name) => form.querySelector(`[data-write="${name}"]`);
  form.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.write) write(form, text, target);
  });
  text.addEventListener("keydown", (event) => {
    const pressed = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey ? KEYS[event.key] : undefined;
    const meant = pressed ? button(pressed) : null;
    if (!(meant instanceof HTMLElement)) return;
    event.preventDefault();
    write(form, text, meant);
  });
}

/** Put a mark around the selection, or around its own words when nothing is selected; the words are then selected.
 * @param {HTMLFormElement} form @param {HTMLTextAreaElement} text @param {HTMLElement} button */
function write(form, text, button) {
  const mark = MARKS[button.dataset.write ?? ""];
  if (!mark) return;
  const { selectionStart: start, selectionEnd: end, value } = text;
  const words = value.slice(start, end) || button.dataset.sample || "";
  const above = mark.block ? gap(value.slice(0, start), "endsWith") : "";
  const below = mark.block ? gap(value.slice(end), "startsWith") : "";
  const before = above + mark.before.replace("%machine", machineOf(form));
  text.focus();
  // The one way that Ctrl-Z undoes; it says that there was input, too.
  document.execCommand("insertText", false, before + words + mark.after + below);
  text.setSelectionRange(start + before.length, start + before.length + words.length);
}

/** What is missing for an empty line between a block and the text beside it. @param {string} beside
 * @param {"startsWith" | "endsWith"} touches */
function gap(beside, touches) {
  if (!beside || beside[touches]("\n\n")) return "";
  return beside[touches]("\n") ? "\n" : "\n\n";
}

/** The first machine's name: of an exercise's lesson, or as it stands in the form. @param {HTMLFormElement} form */
function machineOf(form) {
  const names = form.dataset.machines || machineNames(form);
  return names.split(",")[0] || "box";
}
