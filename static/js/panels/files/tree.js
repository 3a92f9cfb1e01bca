/**
 * Show folders as a tree that is read as it is opened. One row has the focus; arrows, Enter, Home,
 * End and the first letters of a name move in it (ARIA's tree pattern).
 */

import { icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { roundNumber } from "../../lib/format.js";
import { display, isWithin, join, parentOf } from "./paths.js";

/** @import { Entry, Folder } from "./machine_files.js" */

/**
 * @typedef {object} TreeNode
 * @property {string} id
 * @property {string} path
 * @property {string} label
 * @property {"folder" | "file" | "more"} role what a row does: opens a folder, a file, or the rest
 * @property {Entry | null} entry null for what no folder has listed: a root, or the row for more
 * @property {TreeNode | null} parent
 * @property {number} level
 * @property {boolean} open
 * @property {TreeNode[] | null} children null until they have been read
 * @property {number} total of the folder's entries
 * @property {boolean} uncounted there are more than the total
 * @property {string} problem
 *
 * @typedef {object} TreeOwner
 * @property {(paths: string[], offset?: number) => Promise<Folder[]>} list
 * @property {(node: TreeNode) => void} open a file
 * @property {(node: TreeNode) => void} choose called when another row is selected
 * @property {(node: TreeNode) => void} rename
 * @property {(node: TreeNode) => void} remove
 * @property {(error: unknown) => void} fail
 */

/** @type {Record<string, string>} */
const KINDS = { pipe: gettext("pipe"), socket: gettext("socket"), device: gettext("device") };
const TYPEAHEAD_MS = 700;
/** Folders that are read again together; the rest when they are opened. */
const REFRESHED = 32;

/**
 * @param {Entry} entry
 * @returns {"folder" | "file"}
 */
function roleOf(entry) {
  const kind = entry.kind === "link" ? entry.leads_to : entry.kind;
  return kind === "folder" ? "folder" : "file";
}

export class Tree {
  #owner;
  /** @type {TreeNode[]} */
  #roots;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {TreeNode[]} */
  #shown = [];
  #typed = "";
  #typedAt = 0;

  /**
   * @param {HTMLElement} root an empty element
   * @param {{path: string, label: string}[]} folders at the top; the first is opened
   * @param {TreeOwner} owner
   */
  constructor(root, folders, owner) {
    this.root = root;
    this.#owner = owner;
    this.#roots = folders.map(({ path, label }) => this.#node(`${label}:`, path, label, null, null));
    this.selected = this.#roots[0];
    root.setAttribute("role", "tree");
    root.setAttribute("aria-label", gettext("Files"));
    root.addEventListener("keydown", (event) => this.#press(event));
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("dblclick", (event) => event.preventDefault());
    this.#draw();
    void this.toggle(this.#roots[0], true);
  }

  /**
   * @param {string} id
   * @param {string} path
   * @param {string} label
   * @param {Entry | null} entry
   * @param {TreeNode | null} parent
   * @returns {TreeNode}
   */
  #node(id, path, label, entry, parent) {
    return {
      id,
      path,
      label,
      role: entry ? roleOf(entry) : "folder",
      entry,
      parent,
      level: parent ? parent.level + 1 : 1,
      open: false,
      children: null,
      total: 0,
      uncounted: false,
      problem: "",
    };
  }

  /** The folder that new things go into: the selected one, or that of the selected file. */
  get folder() {
    const { selected } = this;
    return selected.role === "folder" ? selected.path : parentOf(selected.path);
  }

  /**
   * @param {TreeNode} node a folder
   * @param {boolean} [open]
   */
  async toggle(node, open = !node.open) {
    node.open = open;
    if (open && !node.children) await this.#read([node]);
    this.#draw();
  }

  /** Read what is open again. */
  async refresh() {
    const open = this.#shown.filter((node) => node.role === "folder" && node.open);
    await this.#read(open.slice(0, REFRESHED));
    this.#draw();
  }

  /**
   * Read a folder again, open it, and select what is in it under a path.
   *
   * @param {string} path
   */
  async reveal(path) {
    const folder = parentOf(path);
    const [root] = this.#roots
      .filter((node) => isWithin(folder, node.path))
      .sort((a, b) => b.path.length - a.path.length);
    let node = root;
    while (node) {
      node.open = true;
      if (!node.children || node.path === folder) await this.#read([node]);
      if (node.path === folder) break;
      const leads = (/** @type {TreeNode} */ child) =>
        child.role === "folder" && isWithin(folder, child.path);
      // A folder on the way may be new.
      if (!node.children?.some(leads)) await this.#read([node]);
      const next = node.children?.find(leads);
      if (!next) break;
      node = next;
    }
    const target = node?.children?.find((child) => child.path === path);
    this.#draw();
    if (target) this.select(target);
  }

  /**
   * @param {TreeNode} node
   * @param {boolean} [focus]
   */
  select(node, focus = false) {
    const before = this.#rows.get(this.selected.id);
    before?.setAttribute("aria-selected", "false");
    before?.setAttribute("tabindex", "-1");
    this.selected = node;
    const row = this.#rows.get(node.id);
    row?.setAttribute("aria-selected", "true");
    row?.setAttribute("tabindex", "0");
    if (focus) row?.focus();
    row?.scrollIntoView({ block: "nearest" });
    this.#owner.choose(node);
  }

  /** @param {TreeNode[]} nodes folders */
  async #read(nodes) {
    if (!nodes.length) return;
    try {
      const folders = await this.#owner.list([...new Set(nodes.map(({ path }) => path))]);
      const byPath = new Map(folders.map((folder) => [folder.path, folder]));
      for (const node of nodes) this.#fill(node, byPath.get(node.path));
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  /**
   * Take over what a folder has, keeping what is known of folders in it.
   *
   * @param {TreeNode} node
   * @param {Folder | undefined} folder
   */
  #fill(node, folder) {
    if (!folder) return;
    node.problem = folder.problem ?? "";
    const before = new Map(node.children?.map((child) => [child.id, child]));
    node.children = (folder.entries ?? []).map((entry) => this.#child(node, entry, before));
    node.total = folder.total ?? 0;
    node.uncounted = folder.more ?? false;
    this.#addMore(node);
  }

  /**
   * @param {TreeNode} node
   * @param {Entry} entry
   * @param {Map<string, TreeNode>} before
   */
  #child(node, entry, before) {
    const id = `${node.id}/${entry.name}`;
    const known = before.get(id);
    if (known && known.role === roleOf(entry)) return Object.assign(known, { entry });
    return this.#node(id, join(node.path, entry.name), display(entry.name), entry, node);
  }

  /** @param {TreeNode} node */
  #addMore(node) {
    const children = node.children ?? [];
    const left = node.total - children.length;
    if (left <= 0 || !children.length) return;
    const text = gettext("%(count)s more: show some");
    const label = fill(text, { count: `${roundNumber(left)}${node.uncounted ? "+" : ""}` });
    children.push({ ...this.#node(`${node.id}//more`, node.path, label, null, node), role: "more" });
  }

  /** @param {TreeNode} row the row for more */
  async #readMore(row) {
    const node = row.parent;
    if (!node?.children) return;
    const children = node.children.filter(({ role }) => role !== "more");
    try {
      const [folder] = await this.#owner.list([node.path], children.length);
      const known = new Map(children.map((child) => [child.id, child]));
      const more = (folder.entries ?? []).map((entry) => this.#child(node, entry, known));
      node.children = [...new Set([...children, ...more])];
      node.total = more.length ? folder.total : node.children.length;
      this.#addMore(node);
      this.#draw();
      if (more[0]) this.select(more[0], true);
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  /** Bring the rows up to date, in place. */
  #draw() {
    /** @type {TreeNode[]} */
    const shown = [];
    /** @param {TreeNode} node */
    const visit = (node) => {
      shown.push(node);
      if (node.open) node.children?.forEach(visit);
    };
    this.#roots.forEach(visit);
    this.#shown = shown;
    const hadFocus = this.root.contains(document.activeElement);
    const keep = new Set(shown.map(({ id }) => id));
    if (!keep.has(this.selected.id)) this.selected = this.#nearest(keep);
    for (const [id, row] of this.#rows) {
      if (keep.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    /** @type {ChildNode | null} */
    let at = this.root.firstChild;
    for (const node of shown) {
      const row = this.#rows.get(node.id) ?? this.#row(node);
      this.#update(row, node);
      if (row === at) at = row.nextSibling;
      else this.root.insertBefore(row, at);
    }
    if (hadFocus && !this.root.contains(document.activeElement)) {
      this.#rows.get(this.selected.id)?.focus();
    }
    this.#owner.choose(this.selected);
  }

  /** @param {Set<string>} shown @returns {TreeNode} what follows a selected row that is gone */
  #nearest(shown) {
    let node = this.selected.parent;
    while (node && !shown.has(node.id)) node = node.parent;
    return node ?? this.#roots[0];
  }

  /** @param {TreeNode} node */
  #row(node) {
    const row = make("div", "tree__row");
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", String(node.level));
    row.dataset.role = node.role;
    row.style.setProperty("--level", String(node.level - 1));
    const shape = node.role === "more" ? "plus" : node.role === "folder" ? "folder" : "file";
    row.append(icon(shape), make("span", "tree__name", node.label), make("span", "tree__note"));
    this.#rows.set(node.id, row);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {TreeNode} node
   */
  #update(row, node) {
    const selected = node === this.selected;
    row.setAttribute("aria-selected", String(selected));
    row.tabIndex = selected ? 0 : -1;
    if (node.role === "folder") row.setAttribute("aria-expanded", String(node.open));
    const name = row.querySelector(".tree__name");
    if (name && name.textContent !== node.label) name.textContent = node.label;
    row.title = node.role === "more" ? "" : display(node.path);
    const note = row.querySelector(".tree__note");
    if (note) note.textContent = this.#note(node);
    row.dataset.kind = node.entry?.kind ?? "";
  }

  /** @param {TreeNode} node */
  #note(node) {
    if (node.open && node.problem) return node.problem;
    if (node.open && node.children && !node.children.length) return gettext("empty");
    if (node.entry?.kind === "link" && !node.entry.leads_to) return gettext("leads nowhere");
    return KINDS[node.entry?.kind ?? ""] ?? "";
  }

  /** @param {Event} event */
  #nodeOf(event) {
    const row = event.target instanceof Element ? event.target.closest(".tree__row") : null;
    return this.#shown.find((node) => this.#rows.get(node.id) === row);
  }

  /** @param {Event} event @returns {string} the folder under the pointer */
  folderAt(event) {
    const node = this.#nodeOf(event);
    if (!node) return this.folder;
    return node.role === "file" ? parentOf(node.path) : node.path;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const node = this.#nodeOf(event);
    if (!node) return;
    this.select(node, true);
    this.#activate(node);
  }

  /** @param {TreeNode} node */
  #activate(node) {
    if (node.role === "folder") void this.toggle(node);
    else if (node.role === "more") void this.#readMore(node);
    else this.#owner.open(node);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.selected;
    const at = this.#shown.indexOf(node);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => this.#go(at + 1),
      ArrowUp: () => this.#go(at - 1),
      Home: () => this.#go(0),
      End: () => this.#go(this.#shown.length - 1),
      ArrowRight: () => {
        if (node.role !== "folder") return;
        if (!node.open) void this.toggle(node, true);
        else if (node.children?.length) this.#go(at + 1);
      },
      ArrowLeft: () => {
        if (node.role === "folder" && node.open) void this.toggle(node, false);
        else if (node.parent) this.select(node.parent, true);
      },
      Enter: () => this.#activate(node),
      F2: () => this.#owner.rename(node),
      Delete: () => this.#owner.remove(node),
    };
    const act = keys[event.key];
    if (act) act();
    else if (event.key.length === 1) this.#typeahead(event.key);
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  #go(index) {
    const node = this.#shown[index];
    if (node) this.select(node, true);
  }

  /** @param {string} key */
  #typeahead(key) {
    const now = Date.now();
    const goesOn = now - this.#typedAt < TYPEAHEAD_MS;
    if (key === " " && !goesOn) return this.#activate(this.selected);
    this.#typed = (goesOn ? this.#typed : "") + key.toLowerCase();
    this.#typedAt = now;
    const at = this.#shown.indexOf(this.selected) + (this.#typed.length > 1 ? 0 : 1);
    const order = [...this.#shown.slice(at), ...this.#shown.slice(0, at)];
    const next = order.find((node) => node.label.toLowerCase().startsWith(this.#typed));
    if (next) this.select(next, true);
  }
}
