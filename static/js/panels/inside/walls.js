/** Show whose walls a process stands behind, and what it may never do. */

import { make } from "../../lib/dom.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { describeMissing } from "./capabilities.js";
import { ownerOf } from "./rows.js";

/**
 * @import { Process, Tree } from "./rows.js"
 */

const OWNERS = ["host", "machine", "container"];
const POWERS_SHOWN = 5;

/** @returns {[string, string][]} the kernel's name of a kind of namespace, what it keeps apart */
const kinds = () => [
  ["pid", gettext("process numbers")],
  ["mnt", gettext("files")],
  ["net", gettext("network")],
  ["uts", gettext("host name")],
  ["ipc", gettext("shared memory")],
  ["user", gettext("users")],
  ["cgroup", gettext("limits")],
  ["time", gettext("clocks")],
];

/**
 * @param {string} owner "host", "machine", "container" or "own"
 * @param {(Node | string)[]} content
 * @returns {HTMLElement}
 */
function chip(owner, ...content) {
  const element = make("span", "wall", make("span", "", ...content));
  element.dataset.owner = owner;
  return element;
}

export class Walls {
  element = make("section", "walls");
  #signature = "";

  /**
   * @param {Tree} tree
   * @param {Process | undefined} process
   * @param {string} machine
   */
  show(tree, process, machine) {
    // The container of the chosen process, else the first that there is.
    const world = process?.world || (tree.worlds.length > 1 ? 1 : 0);
    const own = process?.own ?? {};
    const signature = JSON.stringify([tree.host, tree.worlds[0], tree.worlds[world], world, own]);
    if (signature === this.#signature) return;
    this.#signature = signature;
    const columns = [tree.host.namespaces, tree.worlds[0].namespaces];
    const titles = [gettext("Host"), machine];
    if (world) {
      columns.push(tree.worlds[world].namespaces);
      titles.push(tree.worlds[world].name || gettext("Container"));
    }
    const odd = Object.keys(own).length > 0;
    if (odd) titles.push(gettext("This process"));
    const head = make("tr", "", corner(), ...titles.map((title) => heading(title)));
    const rows = kinds().map(([name, apart]) => {
      const ids = columns.map((namespaces) => namespaces[name] ?? 0);
      const last = ids[ids.length - 1];
      if (odd) ids.push(own[name] ?? (process?.world === world ? last : ids[1]));
      return wallRow(name, apart, ids, columns);
    });
    this.element.replaceChildren(
      make("h3", "inside__title", gettext("Walls (namespaces)")),
      make("table", "walls__table", make("thead", "", head), make("tbody", "", ...rows)),
      legend(machine, world ? titles[2] : "", odd),
    );
  }
}

function corner() {
  return make("td", "");
}

/** @param {string} title */
function heading(title) {
  const cell = make("th", "walls__head", title);
  cell.setAttribute("scope", "col");
  return cell;
}

/**
 * @param {string} name
 * @param {string} apart
 * @param {number[]} ids
 * @param {Record<string, number>[]} columns
 */
function wallRow(name, apart, ids, columns) {
  const title = make("th", "walls__kind", apart, " ", make("code", "", name));
  title.setAttribute("scope", "row");
  const cells = ids.map((id) => {
    const owner = OWNERS[ownerOf(name, id, columns)] ?? "own";
    if (!id) return make("td", "", "–");
    // Ids differ in their last digits, and a phone shows no more.
    const [first, last] = [String(id).slice(0, -4), String(id).slice(-4)];
    return make("td", "", chip(owner, make("span", "wall__first", first), make("span", "wall__last", last)));
  });
  return make("tr", "", title, ...cells);
}

/**
 * @param {string} machine
 * @param {string} container
 * @param {boolean} odd
 */
function legend(machine, container, odd) {
  const items = [
    chip("host", gettext("the host's")),
    chip("machine", fill(gettext("%(name)s's own"), { name: machine })),
    ...(container ? [chip("container", fill(gettext("%(name)s's own"), { name: container }))] : []),
    ...(odd ? [chip("own", gettext("this process's own"))] : []),
  ];
  const text = gettext("The same id is the same namespace: shared, no wall.");
  return make("div", "walls__legend", ...items, make("span", "", text));
}

export class Powers {
  element = make("section", "powers");
  #signature = "";

  /**
   * @param {Tree} tree
   * @param {Process | undefined} process
   * @param {string} machine
   */
  show(tree, process, machine) {
    const world = tree.worlds[process?.world ?? 0];
    const name = process?.world ? world.name || gettext("this container") : machine;
    const signature = JSON.stringify([world, name, tree.capabilities]);
    if (signature === this.#signature) return;
    this.#signature = signature;
    const missing = describeMissing(world.missing);
    const opened = this.element.querySelector("details")?.open ?? false;
    const rest = missing.slice(POWERS_SHOWN);
    const more = make(
      "details",
      "powers__more",
      make("summary", "", ngettext("%(count)s more", "%(count)s more", rest.length)),
      powerList(rest),
    );
    more.toggleAttribute("open", opened);
    const count = fill(gettext("%(missing)s of the kernel's %(all)s capabilities are missing."), {
      missing: missing.length,
      all: tree.capabilities,
    });
    const title = fill(gettext("What root in %(name)s may not do"), { name });
    this.element.replaceChildren(
      make("h3", "inside__title", title),
      powerList(missing.slice(0, POWERS_SHOWN)),
      ...(rest.length ? [more] : []),
      make("p", "inside__note", count, " ", rootText(world)),
    );
  }
}

/** @param {{name: string, text: string}[]} powers */
function powerList(powers) {
  const items = powers.map(({ name, text }) => make("li", "", text, " ", make("code", "", name)));
  return make("ul", "powers__list", ...items);
}

/** @param {{uid: number, inner_uid: number}} world */
function rootText({ uid, inner_uid: inner }) {
  if (uid === 0) return gettext("Root inside is root on the host, too.");
  if (inner !== 0) return "";
  const text = gettext(
    "Root inside is user %(uid)s on the host: the capabilities that are left count only for what belongs to the machine.",
  );
  return fill(text, { uid });
}
