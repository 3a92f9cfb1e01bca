/** Write the text's blocks into files of a machine; show what would change of one that is there. */

import { find, make, toast } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { diffLines } from "../lib/line_diff.js";

/**
 * @import { SavedFile } from "../lib/code_blocks.js"
 * @import { PanelDock } from "../panels/dock.js"
 * @import { TerminalPane } from "./sandbox/terminal_pane.js"
 *
 * @typedef {object} CurrentFile
 * @property {string} version of panels/files/actions.py; "new" where there is no file
 * @property {string | null} text null for what is no text, or too long to be compared
 */

const MISSING = "missing";
const NEW = "new";
/** Lines around a change that are shown with it. */
const CONTEXT_LINES = 2;

/**
 * @param {string} data base64
 * @param {number} size of the whole file
 * @returns {string | null}
 */
function textOf(data, size) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  if (bytes.length < size || bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * @param {PanelDock} dock
 * @param {SavedFile} file
 * @returns {Promise<CurrentFile>}
 */
async function readCurrent(dock, { machine, path }) {
  try {
    const { version, data, size } = await dock.act(machine, "files.read", { path, offset: 0 });
    return { version, text: textOf(data, size) };
  } catch (error) {
    if (/** @type {{code?: string}} */ (error).code === MISSING) return { version: NEW, text: "" };
    throw error;
  }
}

/**
 * List the lines that change, with a few around them.
 *
 * @param {string} before
 * @param {string} after
 * @returns {HTMLElement}
 */
function makeDiff(before, after) {
  const lines = diffLines(before, after);
  const near = (/** @type {number} */ at) =>
    lines
      .slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1)
      .some(({ change }) => change !== "same");
  const list = make("ol", "diff");
  let skipped = false;
  lines.forEach(({ change, text }, at) => {
    if (!near(at)) {
      skipped = true;
      return;
    }
    if (skipped && list.children.length) list.append(make("li", "diff__gap", "⋯"));
    skipped = false;
    const sign = { added: "+", removed: "−", same: " " }[change];
    const spoken = { added: gettext("new:"), removed: gettext("goes:"), same: "" }[change];
    const line = make("li", "diff__line", make("span", "diff__sign", sign));
    line.firstElementChild?.setAttribute("aria-hidden", "true");
    if (spoken) line.append(make("span", "visually-hidden", spoken));
    line.append(make("span", "diff__text", text));
    line.dataset.change = change;
    list.append(line);
  });
  return list;
}

/**
 * Show what would change, and ask.
 *
 * @param {SavedFile} file
 * @param {string | null} before
 * @returns {Promise<boolean>}
 */
function confirmReplacing(file, before) {
  const dialog = find("#dialog-save", HTMLDialogElement);
  const { path, machine } = file;
  const text = gettext("%(path)s is there in %(machine)s already. This is what would change:");
  const unknown = gettext("%(path)s is there in %(machine)s already, and is no text. It would go.");
  const message = fill(before === null ? unknown : text, { path, machine });
  find("[data-save-text]", HTMLElement, dialog).textContent = message;
  const diff = find("[data-save-diff]", HTMLElement, dialog);
  diff.replaceChildren(...(before === null ? [] : [makeDiff(before, file.text)]));
  diff.hidden = before === null;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/**
 * @param {PanelDock} dock
 * @param {TerminalPane} pane
 * @returns {(block: HTMLElement, file: SavedFile) => Promise<boolean>} whether it was saved
 */
export function fileSaver(dock, pane) {
  return async (_block, file) => {
    if (pane.status.title) {
      pane.explainNotLive();
      return false;
    }
    const { machine, path, text } = file;
    try {
      const current = await readCurrent(dock, file);
      if (current.version !== NEW) {
        if (current.text === text) {
          toast(fill(gettext("%(path)s has this already."), { path }));
          return true;
        }
        if (!(await confirmReplacing(file, current.text))) return false;
      }
      const args = { path, version: current.version, text, parents: true };
      const { saved } = await dock.act(machine, "files.write", args);
      if (!saved) toast(fill(gettext("%(path)s has just been changed. Save it again."), { path }));
      return saved;
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      toast(fill(gettext("%(path)s was not saved. %(why)s"), { path, why }));
      return false;
    }
  };
}
