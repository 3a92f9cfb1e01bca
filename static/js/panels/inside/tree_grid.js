/** Show a machine's processes as a tree in aligned columns: the host's, the machine's, a container's. */

import { make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { treeRows } from "./rows.js";

/**
 * @import { Process, Row, Tree } from "./rows.js"
 */

const INDENT_MAX = 6;
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

export class TreeGrid {
  element = make("table", "tree-grid");
  #body = make("tbody");
  #head = make("tr");
  /** By the host's pid. @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {Map<HTMLElement, Process>} */
  #processes = new Map();
  #selected = 0;
  #pointer = "";
  #onSelect;

  /** @param {(process: Process) => void} onSelect */
  constructor(onSelect) {
    this.#onSelect = onSelect;
    this.element.setAttribute("role", "treegrid");
    this.element.setAttribute("aria-label", gettext("Processes, outside and inside"));
    this.element.append(make("thead", "", this.#head), this.#body);
    this.#body.addEventListener("pointermove", (event) => this.#hover(event));
    this.#body.addEventListener("focusin", (event) => this.#point(event));
    this.#body.addEventListener("click", (event) => this.#rowOf(event)?.focus());
    this.#body.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** @returns {Process | undefined} */
  get selected() {
    const row = this.#rows.get(this.#selected);
    return row && this.#processes.get(row);
  }

  /**
   * @param {Tree} tree
   * @param {string} machine
   */
  show(tree, machine) {
    const nested = tree.worlds.length > 1;
    this.#title(machine, nested);
    const rows = treeRows(tree.processes);
    const gone = new Set(this.#rows.keys());
    let before = null;
    for (const row of rows) {
      const pid = row.process.pids[0];
      gone.delete(pid);
      let element = this.#rows.get(pid);
      if (!element) {
        element = make("tr", "tree-grid__row");
        element.setAttribute("role", "row");
        element.tabIndex = -1;
        this.#rows.set(pid, element);
      }
      this.#processes.set(element, row.process);
      this.#fill(element, row, tree, nested);
      /** @type {Element | null} */
      const next = before ? before.nextElementSibling : this.#body.firstElementChild;
      if (next !== element) this.#body.insertBefore(element, next);
      before = element;
    }
    for (const pid of gone) this.#remove(pid);
    if (!this.#rows.has(this.#selected) && rows[0]) this.#select(rows[0].process.pids[0]);
  }

  /**
   * @param {string} machine
   * @param {boolean} nested
   */
  #title(machine, nested) {
    const titles = [
      ["host", gettext("On the host")],
      ["machine", fill(gettext("In %(machine)s"), { machine })],
      ...(nested ? [["container", gettext("In containers")]] : []),
    ];
    if (this.#head.children.length === titles.length) return;
    const cells = titles.map(([side, title]) => {
      const cell = make("th", "tree-grid__title", title);
      cell.setAttribute("scope", "col");
      cell.setAttribute("role", "columnheader");
      cell.dataset.side = side;
      return cell;
    });
    this.#head.setAttribute("role", "row");
    this.#head.replaceChildren(...cells);
  }

  /**
   * @param {HTMLElement} element
   * @param {Row} row
   * @param {Tree} tree
   * @param {boolean} nested
   */
  #fill(element, row, tree, nested) {
    const { process } = row;
    const inner = process.world > 0;
    const world = inner ? tree.worlds[process.world] : null;
    const { pids, name, state } = process;
    const place = [row.depth, row.worldDepth, row.first, row.last];
    const signature = JSON.stringify([pids, name, state, ...place, world?.name, nested]);
    if (element.dataset.signature === signature) return;
    element.dataset.signature = signature;
    element.setAttribute("aria-level", String(row.depth + 1));
    element.dataset.state = state;
    const cells = [
      cell("host", process.pids[0], process.name, row.depth),
      cell("machine", process.pids[tree.depth], process.name, row.depth),
    ];
    if (nested) {
      const pid = inner ? process.pids[process.pids.length - 1] : 0;
      const last = cell("container", pid, inner ? process.name : "", row.worldDepth);
      if (inner) {
        last.dataset.box = [row.first && "first", row.last && "last"].filter(Boolean).join(" ");
        if (row.first) last.prepend(make("span", "tree-grid__world", world?.name || gettext("no name")));
      }
      cells.push(last);
    }
    element.replaceChildren(...cells);
  }

  /** @param {Event} event */
  #rowOf(event) {
    const target = event.target instanceof Element ? event.target.closest("tr") : null;
    return /** @type {HTMLElement | null} */ (target);
  }

  /**
   * Take a row that the pointer moves over, not one that was scrolled below it.
   *
   * @param {PointerEvent} event
   */
  #hover(event) {
    const place = `${event.screenX} ${event.screenY}`;
    if (this.#pointer && place !== this.#pointer) this.#point(event);
    this.#pointer = place;
  }

  /** @param {Event} event */
  #point(event) {
    const row = this.#rowOf(event);
    const process = row && this.#processes.get(row);
    if (process && process.pids[0] !== this.#selected) this.#select(process.pids[0]);
  }

  /** @param {number} pid */
  #select(pid) {
    const old = this.#rows.get(this.#selected);
    const row = this.#rows.get(pid);
    if (!row) return;
    old?.removeAttribute("aria-selected");
    row.setAttribute("aria-selected", "true");
    // Tab comes to the row that was read last.
    for (const each of this.#rows.values()) each.tabIndex = each === row ? 0 : -1;
    this.#selected = pid;
    const process = this.#processes.get(row);
    if (process) this.#onSelect(process);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const rows = /** @type {HTMLElement[]} */ ([...this.#body.children]);
    const row = this.#rowOf(event);
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = /** @type {Record<string, number>} */ (STEPS)[event.key];
    const at = rows.indexOf(row);
    const to = { Home: 0, End: rows.length - 1 }[event.key] ?? (step && at + step);
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, to))].focus();
  }

  /** @param {number} pid */
  #remove(pid) {
    const row = this.#rows.get(pid);
    if (!row) return;
    const neighbour = row.previousElementSibling ?? row.nextElementSibling;
    if (row === document.activeElement && neighbour instanceof HTMLElement) neighbour.focus();
    row.remove();
    this.#rows.delete(pid);
    this.#processes.delete(row);
  }
}

/**
 * @param {"host" | "machine" | "container"} side
 * @param {number | undefined} pid
 * @param {string} name
 * @param {number} depth
 * @returns {HTMLElement}
 */
function cell(side, pid, name, depth) {
  const element = make("td", "tree-grid__cell");
  element.setAttribute("role", "gridcell");
  element.dataset.side = side;
  if (!pid) return element;
  const process = make("span", "tree-grid__name", name);
  process.style.setProperty("--depth", String(Math.min(depth, INDENT_MAX)));
  element.append(make("span", "tree-grid__pid", String(pid)), process);
  return element;
}
