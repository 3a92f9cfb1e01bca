/** Draw what a layer does to files, as a tree whose folders open. */

import { make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";

/**
 * @typedef {object} FileNode a file or a folder (panels/layers/changes.py)
 * @property {string} name
 * @property {string} path
 * @property {"file" | "folder" | "link" | "other"} kind
 * @property {"added" | "changed" | "removed" | ""} mark
 * @property {number} size bytes that the layer has
 * @property {number} hidden bytes of the layers below that are not seen any more
 * @property {number} added
 * @property {number} changed
 * @property {number} removed
 * @property {FileNode[] | null} children null while they are not known
 * @property {number} more how many children are not listed
 *
 * @typedef {object} Totals
 * @property {number} size
 * @property {number} hidden
 * @property {number} added
 * @property {number} changed
 * @property {number} removed
 *
 * @typedef {object} LayerFiles
 * @property {FileNode[]} children
 * @property {number} more
 * @property {Totals} total
 * @property {{path: string, size: number, mark: string}[]} largest
 * @property {boolean} cut there are more files than could be read
 * @property {number} skipped names that lead nowhere
 * @property {boolean} below_known whether all files below could be read
 *
 * @typedef {(path: string) => Promise<LayerFiles>} Load
 */

const SIGNS = { added: "+", changed: "~", removed: "−", "": "" };
/** With so many files it is worth saying which are the largest. */
const MANY_FILES = 12;

/** @param {Totals} total */
export function totalsText(total) {
  const parts = [
    total.added && ngettext("%(count)s file added", "%(count)s files added", total.added),
    total.changed && ngettext("%(count)s changed", "%(count)s changed", total.changed),
    total.removed && ngettext("%(count)s removed", "%(count)s removed", total.removed),
  ].filter(Boolean);
  return parts.length ? parts.join(", ") : gettext("No file differs: only folders were touched.");
}

/** @param {FileNode["mark"]} mark */
function spoken(mark) {
  return { added: gettext("added"), changed: gettext("changed"), removed: gettext("removed"), "": "" }[
    mark
  ];
}

/** @param {Totals} total */
function hiddenText({ hidden, removed, changed }) {
  if (!hidden || !(removed || changed)) return [];
  const text = fill(
    gettext("It hides %(size)s of the layers below, which stay there: a layer takes nothing away."),
    { size: byteSize(hidden) },
  );
  return [make("p", "layer__remark", text)];
}

/** @param {LayerFiles} files */
function remarks(files) {
  const remark = [];
  if (files.cut) remark.push(gettext("There are more files than are listed here."));
  if (!files.below_known) {
    remark.push(gettext("Not all files of the layers below are known: some that are marked as added may have been there."));
  }
  if (files.skipped) {
    remark.push(
      ngettext(
        "%(count)s name leads out of the image and is left out.",
        "%(count)s names lead out of the image and are left out.",
        files.skipped,
      ),
    );
  }
  return remark.map((text) => make("p", "layer__remark", text));
}

/**
 * Draw a layer's files.
 *
 * @param {LayerFiles} files
 * @param {Load} load
 * @returns {HTMLElement[]}
 */
export function drawFiles(files, load) {
  const { total, largest } = files;
  const parts = [make("p", "layer__totals", totalsText(total)), ...hiddenText(total)];
  if (largest.length && total.added + total.changed > MANY_FILES) {
    const lines = largest.map(({ path, size }) =>
      make("li", "", make("span", "files__name", path), make("span", "files__size", byteSize(size))),
    );
    const list = make("ul", "files files--flat", ...lines);
    parts.push(make("details", "layer__largest", make("summary", "", gettext("The largest files")), list));
  }
  if (files.children.length) parts.push(drawList(files.children, files.more, load));
  return [...parts, ...remarks(files)];
}

/**
 * @param {FileNode[]} nodes
 * @param {number} more
 * @param {Load} load
 */
function drawList(nodes, more, load) {
  const list = make("ul", "files", ...nodes.map((node) => drawNode(node, load)));
  if (more) {
    const text = ngettext("and %(count)s more", "and %(count)s more", more);
    list.append(make("li", "files__more", text));
  }
  return list;
}

/**
 * @param {FileNode} node
 * @param {Load} load
 */
function drawNode(node, load) {
  const sign = make("span", "files__sign", SIGNS[node.mark]);
  sign.setAttribute("aria-hidden", "true");
  const name = make("span", "files__name", node.kind === "folder" ? `${node.name}/` : node.name);
  const bytes = node.mark === "removed" ? node.hidden : node.size;
  const parts = [sign, name, make("span", "visually-hidden", spoken(node.mark))];
  if (node.kind === "folder" && node.mark !== "removed") {
    parts.push(make("span", "files__counts", countsText(node)));
  }
  parts.push(make("span", "files__size", node.kind === "link" ? gettext("link") : byteSize(bytes)));
  const item = make("li", `files__item files__item--${node.mark || "touched"}`);
  const opens = node.kind === "folder" && (node.children === null || node.children.length > 0);
  if (!opens) {
    item.append(make("span", "files__row", ...parts));
    return item;
  }
  const button = make("button", "files__row files__row--folder", ...parts);
  button.setAttribute("type", "button");
  button.setAttribute("aria-expanded", String(node.children !== null));
  item.append(button);
  if (node.children) item.append(drawList(node.children, node.more, load));
  button.addEventListener("click", () => void toggle(button, item, node, load));
  return item;
}

/** @param {FileNode} node */
function countsText({ added, changed, removed }) {
  const counts = [
    added && `+${added}`,
    changed && `~${changed}`,
    removed && `−${removed}`,
  ];
  return counts.filter(Boolean).join(" ");
}

/**
 * @param {HTMLElement} button
 * @param {HTMLElement} item
 * @param {FileNode} node
 * @param {Load} load
 */
async function toggle(button, item, node, load) {
  if (button.getAttribute("aria-busy") === "true") return;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  item.querySelector(":scope > p")?.remove();
  const list = item.querySelector(":scope > ul");
  if (list instanceof HTMLElement) list.hidden = !open;
  if (list || !open) return;
  button.setAttribute("aria-busy", "true");
  try {
    const files = await load(node.path);
    item.append(drawList(files.children, files.more, load));
  } catch (error) {
    item.append(make("p", "layer__remark", /** @type {Error} */ (error).message));
    button.setAttribute("aria-expanded", "false");
  } finally {
    button.removeAttribute("aria-busy");
  }
}
