/** Show a machine from its host and from within: processes, limits, walls, missing powers. */

import { make } from "../../lib/dom.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { binarySize, meters } from "./limits.js";
import { TreeGrid } from "./tree_grid.js";
import { Powers, Walls } from "./walls.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Sample } from "../panel_socket.js"
 * @import { Limits } from "./limits.js"
 * @import { Process, Tree } from "./rows.js"
 */

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  const view = new InsideView(root, context);
  return () => view.close();
}

class InsideView {
  #context;
  #root;
  #problem = make("p", "panel__problem");
  #limits = make("div", "inside__limits");
  #detail = make("p", "inside__detail");
  #more = make("p", "inside__note");
  #grid = new TreeGrid((process) => this.#choose(process));
  #walls = new Walls();
  #powers = new Powers();
  #guest = make("section", "inside__guest");
  #content;
  /** @type {Tree | null} */
  #tree = null;
  /** @type {Limits | null} */
  #before = null;
  /** @type {(() => void)[]} */
  #ends = [];
  #asksGuest = false;

  /**
   * @param {HTMLElement} root
   * @param {PanelContext} context
   */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
    this.#guest.hidden = true;
    const tree = make("div", "inside__tree", this.#detail, this.#grid.element, this.#more, this.#guest);
    const side = make("div", "inside__side", this.#walls.element, this.#powers.element);
    this.#content = make("div", "inside__content", this.#limits, tree, side);
    this.#content.hidden = true;
    root.replaceChildren(make("div", "inside", this.#problem, this.#content));
    this.#ends.push(context.watch("process-tree", (sample) => this.#show(sample)));
  }

  close() {
    for (const end of this.#ends) end();
  }

  /** @param {Sample} sample */
  #show({ data, error }) {
    const waiting = gettext("As soon as your machine runs, you see it here from both sides.");
    /** @type {Tree | null} */
    const tree = data;
    const blind = gettext(
      "This machine's engine is on another host, or keeps its processes to itself: they can't be seen from here.",
    );
    const problem = error || (!tree ? waiting : tree.visible ? "" : blind);
    this.#problem.textContent = problem;
    this.#problem.hidden = !problem;
    this.#content.hidden = !tree;
    this.#root.classList.toggle("inside--blind", Boolean(tree && !tree.visible));
    if (!tree) return;
    this.#showLimits(tree.limits);
    if (!tree.visible) return;
    this.#tree = tree;
    this.#grid.show(tree, this.#context.machine);
    this.#more.textContent = this.#moreText(tree);
    this.#more.hidden = !this.#more.textContent;
    this.#explain();
    if (tree.guest && !this.#asksGuest) {
      this.#asksGuest = true;
      this.#ends.push(this.#context.watch("guest-processes", (sample) => this.#showGuest(sample)));
    }
  }

  /** @param {Limits} limits */
  #showLimits(limits) {
    const rows = meters(limits, this.#before);
    this.#before = limits;
    for (const { key, title, text, share } of rows) {
      let meter = /** @type {HTMLElement | null} */ (
        this.#limits.querySelector(`[data-meter="${key}"]`)
      );
      if (!meter) {
        const bar = make("span", "meter__bar", make("span", "meter__fill"));
        meter = make("div", "meter", make("span", "meter__title"), make("span", "meter__text"), bar);
        meter.dataset.meter = key;
        meter.setAttribute("role", "meter");
        meter.setAttribute("aria-valuemin", "0");
        meter.setAttribute("aria-valuemax", "100");
        this.#limits.append(meter);
      }
      const percent = Math.round((share ?? 0) * 100);
      meter.setAttribute("aria-label", title);
      meter.setAttribute("aria-valuenow", String(percent));
      meter.setAttribute("aria-valuetext", text);
      meter.dataset.level = percent >= 90 ? "full" : "";
      meter.children[0].textContent = title;
      meter.children[1].textContent = text;
      meter.style.setProperty("--share", `${percent}%`);
    }
  }

  /** @param {Tree} tree */
  #moreText(tree) {
    const texts = [];
    const left = tree.total - tree.processes.length;
    if (left > 0) {
      texts.push(ngettext("%(count)s more process is not shown.", "%(count)s more processes are not shown.", left));
    }
    if (tree.more_worlds > 0) {
      texts.push(
        ngettext(
          "The processes of %(count)s more container are shown as the machine's.",
          "The processes of %(count)s more containers are shown as the machine's.",
          tree.more_worlds,
        ),
      );
    }
    if (tree.runs_guests && tree.processes.some(({ name }) => name.startsWith("qemu-system"))) {
      texts.push(
        gettext(
          "A virtual machine is one process here, qemu: what runs in it has a kernel of its own, and no number on this side.",
        ),
      );
    }
    return texts.join(" ");
  }

  /** @param {Process} process */
  #choose(process) {
    if (this.#tree) this.#explain(process);
  }

  /** @param {Process | undefined} process */
  #explain(process = this.#grid.selected) {
    const tree = this.#tree;
    if (!tree) return;
    const machine = this.#context.machine;
    if (process) this.#detail.replaceChildren(...describe(process, tree, machine));
    this.#walls.show(tree, process, machine);
    this.#powers.show(tree, process, machine);
  }

  /** @param {Sample} sample */
  #showGuest({ data, error }) {
    this.#guest.hidden = !data && !error;
    const title = make("h3", "inside__title", gettext("Inside the virtual machine"));
    if (!data) return this.#guest.replaceChildren(title, make("p", "inside__note", error));
    const items = data.processes.map((/** @type {{pid: number, name: string}} */ { pid, name }) =>
      make("li", "", make("span", "tree-grid__pid", String(pid)), make("span", "tree-grid__name", name)),
    );
    const threads = ngettext(
      "and %(count)s thread of its own kernel",
      "and %(count)s threads of its own kernel",
      data.threads,
    );
    const more = data.total - data.processes.length;
    if (more > 0) items.push(make("li", "", ngettext("%(count)s more", "%(count)s more", more)));
    const text = fill(
      gettext("This is what the guest says of itself: Linux %(kernel)s, %(threads)s. The host can't see any of it."),
      { kernel: data.kernel, threads },
    );
    this.#guest.replaceChildren(
      title,
      make("p", "inside__note", text),
      make("ul", "inside__guest-list", ...items),
    );
  }
}

/**
 * Say which process a row stands for.
 *
 * @param {Process} process
 * @param {Tree} tree
 * @param {string} machine
 * @returns {(Node | string)[]}
 */
function describe(process, tree, machine) {
  const world = tree.worlds[process.world];
  const numbers = [number("host", fill(gettext("%(pid)s on the host"), { pid: process.pids[0] }))];
  const inside = process.pids[tree.depth];
  if (inside) {
    const text = fill(gettext("%(pid)s in %(name)s"), { pid: inside, name: machine });
    numbers.push(number("machine", text));
  }
  if (process.world) {
    const values = { pid: process.pids.at(-1) ?? 0, name: world.name || gettext("its container") };
    numbers.push(number("container", fill(gettext("%(pid)s in %(name)s"), values)));
  }
  const user =
    process.inner_uid < 0 || process.inner_uid === process.uid
      ? fill(gettext("user %(uid)s"), { uid: process.uid })
      : fill(gettext("user %(inner)s inside, %(uid)s outside"), {
          inner: process.inner_uid,
          uid: process.uid,
        });
  const state = process.state === "Z" ? gettext("ended, not yet waited for") : binarySize(process.memory);
  return [
    make("strong", "", process.name),
    ...numbers.flatMap((each) => [" = ", each]),
    ` · ${user} · ${state}`,
    make("code", "inside__command", process.command || `[${process.name}]`),
  ];
}

/**
 * @param {string} side
 * @param {string} text
 */
function number(side, text) {
  const element = make("span", "inside__number", text);
  element.dataset.side = side;
  return element;
}
