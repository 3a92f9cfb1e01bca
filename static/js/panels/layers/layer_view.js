/** Draw one row of a stack of layers: a layer that opens, or steps that made none. */

import { make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { drawFiles } from "./file_tree.js";
import { heightOf, pushLabel, stateLabel } from "./model.js";

/**
 * @import { LayerFiles } from "./file_tree.js"
 * @import { Row } from "./model.js"
 *
 * @typedef {(layer: number, path: string) => Promise<LayerFiles>} LoadFiles
 */

/** Of an instruction; what is longer may be cut in its row. */
const LINE_CHARS = 44;

let ids = 0;

/** @param {{verb: string, text: string}} step */
function instruction({ verb, text }) {
  const line = make("span", "layer__instruction");
  if (verb) line.append(make("span", "layer__verb", verb), " ");
  const unknown = gettext("The history does not say how it was made.");
  line.append(make("span", text || verb ? "layer__text" : "layer__unknown", text || (verb ? "" : unknown)));
  return line;
}

/**
 * Add something to point at: what a word means.
 *
 * @param {string} className
 * @param {string} text
 */
function tag(className, text) {
  return make("span", `layer__tag ${className}`, text);
}

export class LayerView {
  element = make("li", "layer");
  #load;
  #drawn = "";
  #files = make("div", "layer__files");
  #requested = false;
  #detail = make("div", "layer__detail");
  #button = make("button", "layer__head");
  /** @type {Row | null} */
  #row = null;

  /** @param {LoadFiles} load */
  constructor(load) {
    this.#load = load;
    ids += 1;
    this.#detail.id = `layer-detail-${ids}`;
    this.#detail.hidden = true;
    this.#button.setAttribute("type", "button");
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.setAttribute("aria-controls", this.#detail.id);
    this.#button.addEventListener("click", () => this.toggle());
    this.element.append(this.#button, this.#detail);
  }

  get opened() {
    return !this.#detail.hidden;
  }

  toggle() {
    const open = !this.opened;
    this.#detail.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (open && !this.#requested) void this.#loadFiles();
  }

  /**
   * Draw what has changed, and nothing else.
   *
   * @param {Row} row
   * @param {number} largest bytes of the largest layer that is drawn
   */
  update(row, largest) {
    const next = JSON.stringify([row, largest]);
    if (next === this.#drawn) return;
    this.#drawn = next;
    this.#row = row;
    this.element.className = `layer layer--${row.state}`;
    this.element.style.setProperty("--layer-height", `${heightOf(row.size, largest)}px`);
    if (row.layer === null) this.#drawSettings(row);
    else this.#drawLayer(row);
  }

  /** @param {Row} row */
  #drawSettings(row) {
    const verbs = [...new Set(row.steps.map(({ verb }) => verb || gettext("a step")))].join(" · ");
    this.#button.replaceChildren(
      make("span", "layer__instruction", make("span", "layer__verb", verbs)),
      make("span", "layer__aside", tag("layer__tag--settings", gettext("no files"))),
    );
    const text = ngettext(
      "This step made no layer: it only changes the image's description.",
      "These steps made no layers: they only change the image's description.",
      row.steps.length,
    );
    const lines = [...row.steps].reverse().map((step) => make("li", "", instruction(step)));
    this.#detail.replaceChildren(make("p", "layer__remark", text), make("ul", "layer__steps", ...lines));
  }

  /** @param {Row} row */
  #drawLayer(row) {
    const aside = make("span", "layer__aside");
    const label = stateLabel(row);
    if (label) aside.append(tag(`layer__tag--${row.state}`, label));
    if (row.push && label) aside.append(tag(`layer__tag--${row.push.how}`, `↑ ${pushLabel(row.push)}`));
    aside.append(make("span", "layer__size", byteSize(row.size)));
    this.#button.replaceChildren(instruction(row.steps[0]), aside);
    this.#detail.replaceChildren(...source(row), this.#files, ...facts(row));
  }

  async #loadFiles() {
    const layer = this.#row?.layer;
    if (layer === null || layer === undefined) return;
    this.#requested = true;
    this.#files.replaceChildren(make("p", "layer__remark", gettext("Looking into the layer…")));
    try {
      const files = await this.#load(layer, "");
      this.#files.replaceChildren(...drawFiles(files, (path) => this.#load(layer, path)));
      this.element.scrollIntoView({ block: "nearest" });
    } catch (error) {
      const again = make("button", "button button--small", gettext("Try again"));
      again.setAttribute("type", "button");
      again.addEventListener("click", () => void this.#loadFiles());
      this.#files.replaceChildren(make("p", "layer__remark", /** @type {Error} */ (error).message), again);
    }
  }
}

/**
 * Show the whole instruction, where a line does not hold it.
 *
 * @param {Row} row
 */
function source({ steps: [{ verb, text }] }) {
  const whole = verb ? `${verb} ${text}` : text;
  return whole.length > LINE_CHARS || whole.includes("\n") ? [make("pre", "layer__source", whole)] : [];
}

/**
 * Say when a layer was made, where else it is, and what a push did with it.
 *
 * @param {Row} row
 */
function facts({ created, state, others, push }) {
  const lines = [];
  if (created) {
    const time = new Date(created * 1000).toLocaleString();
    lines.push(fill(gettext("Made on %(time)s."), { time }));
  }
  if (state === "again") {
    lines.push(gettext("It was made once more and came out the same, so it is stored once."));
  }
  if (others.length) {
    const images = others.join(", ");
    lines.push(fill(gettext("Also in %(images)s: one layer, stored once."), { images }));
  }
  if (push) lines.push(pushText(push));
  return lines.length ? [make("p", "layer__remark", lines.join(" "))] : [];
}

/** @param {NonNullable<Row["push"]>} push */
function pushText({ how, bytes, source }) {
  const size = byteSize(bytes);
  return {
    sent: fill(gettext("The push sent it: %(size)s, packed."), { size }),
    had: fill(gettext("The push did not send it: the registry had it already, %(size)s packed."), { size }),
    mounted: fill(gettext("The push did not send it: the registry took it over from %(source)s."), { source }),
  }[how];
}

/** A stack of layers: a list whose first row is the top. */
export class StackView {
  element = make("ol", "layers__stack");
  /** @type {Map<string, LayerView>} */
  #views = new Map();
  #load;

  /** @param {LoadFiles} load */
  constructor(load) {
    this.#load = load;
  }

  get opened() {
    return [...this.#views.values()].some((view) => view.opened);
  }

  /**
   * Draw the rows; what stays keeps its place, its focus and what is open in it.
   *
   * @param {Row[]} rows
   * @param {number} largest
   */
  update(rows, largest) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.element.remove();
      this.#views.delete(key);
    }
    rows.forEach((row, at) => {
      let view = this.#views.get(row.key);
      if (!view) {
        view = new LayerView(this.#load);
        this.#views.set(row.key, view);
      }
      view.update(row, largest);
      const current = this.element.children[at];
      if (current !== view.element) this.element.insertBefore(view.element, current ?? null);
    });
  }
}
