/** Show a machine's files: a tree, and an editor that saves into the machine. */

import { icon, make, toast } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { Ask } from "./ask.js";
import { Documents, OPEN_MAX } from "./documents.js";
import { EditorPane } from "./editor_pane.js";
import { MachineFiles } from "./machine_files.js";
import { display, faultOf, isWithin, join, nameOf, parentOf } from "./paths.js";
import { toolButton } from "./tool_button.js";
import { Transfers, droppedFiles } from "./transfers.js";
import { Tree } from "./tree.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { TreeNode } from "./tree.js"
 */

const HOME = "/root";
/** The tree is read again when somebody comes back to it, but not with every step. */
const STALE_MS = 3_000;

/** What is open, for as long as the page is there. @type {Map<string, Documents>} */
const openDocuments = new Map();

window.addEventListener("beforeunload", (event) => {
  if ([...openDocuments.values()].some(({ anyChanged }) => anyChanged)) event.preventDefault();
});

class FilesPanel {
  #context;
  #root;
  #files;
  #documents;
  #ask;
  #tree;
  #pane;
  #transfers;
  #readAt = Date.now();
  /** @type {Record<string, HTMLButtonElement>} */
  #tools = {};

  /**
   * @param {HTMLElement} root
   * @param {PanelContext} context
   */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
    this.#files = new MachineFiles(context.act, context.panel.data);
    const side = make("div", "files__side");
    const main = make("div", "files__main");
    const question = make("div", "files__ask");
    const rows = make("div", "files__tree tree");
    const transfers = make("div", "files__transfers");
    side.append(this.#toolbar(), rows, transfers);
    root.classList.add("files");
    root.append(side, main, question);
    this.#show("tree");
    this.#ask = new Ask(question);
    this.#documents = this.#openDocuments();
    this.#pane = new EditorPane(main, this.#documents, this.#ask, {
      writes: context.acts,
      download: (path) => void this.#transfers.download(path),
      showTree: () => this.#show("tree"),
      saved: (path) => void this.#tree.reveal(path),
    });
    this.#transfers = new Transfers(transfers, this.#files, (name) => this.#mayReplace(name));
    this.#tree = new Tree(
      rows,
      [
        { path: HOME, label: gettext("Home") },
        { path: "/", label: gettext("Whole machine") },
      ],
      {
        list: (paths, offset) => this.#files.list(paths, offset),
        open: (node) => void this.#open(node),
        choose: (node) => this.#chosen(node),
        rename: (node) => void this.#rename(node),
        remove: (node) => void this.#remove(node),
        fail: (error) => this.#fail(error),
      },
    );
    this.#takeDrops();
    root.addEventListener("pointerenter", () => void this.#refreshIfStale());
    root.addEventListener("focusin", () => void this.#refreshIfStale());
  }

  /** @returns {Documents} what is open in this machine, from before or from a reload */
  #openDocuments() {
    const key = `drydock.files:${location.pathname}:${this.#context.machine}`;
    const known = openDocuments.get(key);
    if (known) return known;
    const documents = new Documents(this.#files, window.sessionStorage, key);
    openDocuments.set(key, documents);
    documents
      .restore()
      .then(() => this.#pane.draw())
      .catch((error) => this.#fail(error));
    return documents;
  }

  #toolbar() {
    const bar = make("div", "files__tools");
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", gettext("Do something with files"));
    const picker = /** @type {HTMLInputElement} */ (make("input", "visually-hidden"));
    picker.type = "file";
    picker.multiple = true;
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    picker.addEventListener("change", () => {
      void this.#upload(this.#tree.folder, [...(picker.files ?? [])]);
      picker.value = "";
    });
    const most = byteSize(this.#context.panel.data.file_bytes);
    /** @type {[string, string, string, () => void][]} */
    const tools = [
      ["newFile", "file-plus", gettext("New file"), () => void this.#newFile()],
      ["newFolder", "folder-plus", gettext("New folder"), () => void this.#newFolder()],
      ["upload", "upload", fill(gettext("Upload files, up to %(most)s each"), { most }), () => picker.click()],
      ["rename", "pencil", gettext("Rename (F2)"), () => void this.#rename(this.#tree.selected)],
      ["download", "download", gettext("Download"), () => void this.#transfers.download(this.#tree.selected.path)],
      ["remove", "trash", gettext("Remove (Delete)"), () => void this.#remove(this.#tree.selected)],
      ["refresh", "again", gettext("Read the files again"), () => void this.#refresh()],
    ];
    for (const [name, shape, label, act] of tools) {
      this.#tools[name] = toolButton(shape, label, act);
      bar.append(this.#tools[name]);
    }
    bar.append(picker);
    return bar;
  }

  /** @param {TreeNode} node */
  #chosen(node) {
    const { acts } = this.#context;
    const listed = node.entry !== null;
    for (const name of ["newFile", "newFolder", "upload"]) this.#tools[name].disabled = !acts;
    this.#tools.rename.disabled = !acts || !listed;
    this.#tools.remove.disabled = !acts || !listed;
    this.#tools.download.disabled = !listed || node.role !== "file";
  }

  /** @param {"tree" | "editor"} side where there is room for one of both */
  #show(side) {
    this.#root.dataset.shows = side;
  }

  /** @param {unknown} error */
  #fail(error) {
    toast(error instanceof Error ? error.message : String(error));
  }

  /** @param {TreeNode} node a file */
  async #open(node) {
    try {
      if (!this.#documents.find(node.path) && this.#documents.files.length >= OPEN_MAX) {
        const text = gettext("%(count)s files are open: close one first.");
        toast(fill(text, { count: OPEN_MAX }));
        return;
      }
      await this.#documents.open(node.path);
      this.#show("editor");
      this.#pane.draw();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #refreshIfStale() {
    if (Date.now() - this.#readAt > STALE_MS) await this.#refresh();
  }

  async #refresh() {
    this.#readAt = Date.now();
    await this.#tree.refresh();
    const { file } = this.#pane;
    try {
      if (file && (await this.#documents.refresh(file))) this.#pane.replaced(file);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * @param {string} name
   * @returns {string}
   */
  #fault(name) {
    const fault = faultOf(name.trim());
    if (!fault) return "";
    return {
      empty: gettext("Type a name; a / may only stand between names."),
      dots: gettext("A name is neither . nor .."),
      control: gettext("A name has no control characters."),
      long: gettext("This name is too long."),
    }[fault];
  }

  /**
   * @param {string} text
   * @param {string} value
   * @param {string} label of the button
   * @returns {Promise<string>} "" when it was cancelled
   */
  async #askName(text, value, label) {
    const answer = await this.#ask.ask({
      text,
      value,
      label: gettext("Name"),
      check: (name) => this.#fault(name),
      answers: [{ name: "go", label }],
    });
    return answer?.value.trim() ?? "";
  }

  async #newFile() {
    const { folder } = this.#tree;
    const text = fill(gettext("New file in %(folder)s"), { folder: display(folder) });
    const name = await this.#askName(text, "", gettext("Make"));
    if (!name) return;
    this.#documents.create(join(folder, name));
    this.#show("editor");
    this.#pane.draw();
    await this.#pane.save();
    this.#pane.focus();
  }

  async #newFolder() {
    const { folder } = this.#tree;
    const text = fill(gettext("New folder in %(folder)s"), { folder: display(folder) });
    const name = await this.#askName(text, "", gettext("Make"));
    if (!name) return;
    await this.#do(async () => {
      await this.#files.makeFolder(join(folder, name));
      await this.#tree.reveal(join(folder, name));
    });
  }

  /** @param {TreeNode} node */
  async #rename(node) {
    if (!node.entry || !this.#context.acts) return;
    const text = fill(gettext("New name of %(name)s"), { name: display(node.path) });
    const name = await this.#askName(text, nameOf(node.path), gettext("Rename"));
    if (!name || name === nameOf(node.path)) return;
    const path = join(parentOf(node.path), name);
    await this.#do(async () => {
      await this.#files.rename(node.path, path);
      this.#documents.move(node.path, path);
      this.#pane.draw();
      await this.#tree.reveal(path);
    });
  }

  /** @param {TreeNode} node */
  async #remove(node) {
    if (!node.entry || !this.#context.acts) return;
    const name = display(node.path);
    const sure = await this.#ask.ask({
      text: fill(gettext("Remove %(name)s? It can't be brought back."), { name }),
      answers: [{ name: "go", label: gettext("Remove"), style: "button--danger" }],
    });
    if (!sure) return;
    await this.#do(async () => {
      const { removed, inside = 0, more } = await this.#files.remove(node.path);
      if (!removed && !(await this.#removeWhole(node, inside, more ?? false))) return;
      for (const file of [...this.#documents.files]) {
        if (isWithin(file.path, node.path) && !file.changed) this.#documents.close(file);
      }
      this.#pane.draw();
      await this.#tree.refresh();
    });
  }

  /**
   * @param {TreeNode} node
   * @param {number} inside how many entries are in it
   * @param {boolean} more and more
   */
  async #removeWhole(node, inside, more) {
    const count = `${inside}${more ? "+" : ""}`;
    const text = ngettext(
      "%(name)s has %(number)s thing in it. Remove all of it?",
      "%(name)s has %(number)s things in it. Remove all of it?",
      inside,
    );
    const sure = await this.#ask.ask({
      text: fill(text, { name: display(node.path), number: count }),
      answers: [{ name: "go", label: gettext("Remove all"), style: "button--danger" }],
    });
    if (!sure) return false;
    await this.#files.remove(node.path, true);
    return true;
  }

  /** @param {string} name */
  async #mayReplace(name) {
    const text = gettext("%(name)s is there already. Replace it?");
    const answer = await this.#ask.ask({
      text: fill(text, { name: display(name) }),
      answers: [{ name: "go", label: gettext("Replace") }],
    });
    return answer !== null;
  }

  /**
   * @param {string} folder
   * @param {File[]} files
   */
  async #upload(folder, files) {
    const arrived = await this.#transfers.upload(folder, files);
    if (arrived.length) await this.#do(() => this.#tree.reveal(join(folder, arrived[0])));
    await this.#refresh();
  }

  /** @param {() => Promise<void>} act */
  async #do(act) {
    try {
      await act();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Take files that are dropped on the panel. */
  #takeDrops() {
    const root = this.#root;
    const { acts } = this.#context;
    const note = make("p", "files__drop", icon("upload"), gettext("Drop files to bring them into the machine"));
    root.append(note);
    root.addEventListener("dragover", (event) => {
      if (!acts || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      root.dataset.drop = "";
    });
    root.addEventListener("dragleave", (event) => {
      const to = event.relatedTarget;
      if (!(to instanceof Node) || !root.contains(to)) delete root.dataset.drop;
    });
    root.addEventListener("drop", (event) => {
      delete root.dataset.drop;
      if (!acts || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void this.#upload(this.#tree.folderAt(event), droppedFiles(event.dataTransfer));
    });
  }

  end() {
    this.#ask.cancel();
    this.#pane.end();
  }
}

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  const panel = new FilesPanel(root, context);
  return () => panel.end();
}
