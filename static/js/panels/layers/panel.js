/** Show what an image is made of, what two images share, and what builds and pushes did not do again. */

import { announce, make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { StackView } from "./layer_view.js";
import { makeRows, nameOf, sharedLayers, summarize, summarizePair, summarizePush } from "./model.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { ImageData, PushData, Row, StepData } from "./model.js"
 */

/** How names begin of images that are for the platform's registry. */
const REGISTRY = "registry:5000/";

let ids = 0;

/**
 * Make a choice among images, with its label.
 *
 * @param {string} label
 */
function makeChoice(label) {
  const select = /** @type {HTMLSelectElement} */ (make("select", "layers__select"));
  ids += 1;
  select.id = `layers-choice-${ids}`;
  const text = make("label", "layers__label", label);
  text.setAttribute("for", select.id);
  return { select, element: make("div", "layers__choice", text, select) };
}

/**
 * Offer choices; what is there already is left alone, so that an open list stays open.
 *
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} choices values and texts
 * @param {string} chosen
 */
function offer(select, choices, chosen) {
  const next = JSON.stringify(choices);
  if (select.dataset.choices !== next) {
    select.dataset.choices = next;
    select.replaceChildren(
      ...choices.map(([value, text]) => {
        const option = /** @type {HTMLOptionElement} */ (make("option", "", text));
        option.value = value;
        return option;
      }),
    );
  }
  select.value = chosen;
}

/** @param {string} text */
function textButton(text) {
  const button = make("button", "layers__link", text);
  button.setAttribute("type", "button");
  return button;
}

class LayersPanel {
  #context;
  #image = makeChoice(gettext("Image"));
  #other = makeChoice(gettext("Compare with"));
  #problem = make("p", "panel__problem");
  #summary = make("p", "layers__summary");
  #pushed = make("p", "layers__pushed");
  #news = make("p", "layers__news");
  #content = make("div", "layers");
  #columns = make("div", "layers__columns");
  /** @type {ImageData[]} */
  #images = [];
  #total = 0;
  /** @type {PushData[]} */
  #pushes = [];
  #pushProblem = "";
  #chosen = "";
  #compared = "";
  #arrived = "";
  /** By image. @type {Map<string, StepData[]>} */
  #steps = new Map();
  /** By place: "one", "other", "shared". @type {Map<string, {image: string, view: StackView}>} */
  #stacks = new Map();

  /**
   * @param {HTMLElement} root
   * @param {PanelContext} context
   */
  constructor(root, context) {
    this.#context = context;
    this.#image.select.addEventListener("change", () => this.#choose(this.#image.select.value));
    this.#other.select.addEventListener("change", () => this.#compare(this.#other.select.value));
    const bar = make("div", "layers__bar", this.#image.element, this.#other.element);
    const text = make("div", "layers__head", this.#summary, this.#pushed);
    this.#content.append(bar, text, this.#columns, this.#news);
    this.#problem.textContent = gettext("Asking Docker for its images…");
    this.#content.hidden = true;
    root.replaceChildren(this.#problem, this.#content);
  }

  /** @param {{data: any, error: string}} sample */
  hearImages({ data, error }) {
    this.#problem.hidden = !error && !!data?.images.length;
    if (!error && !data) this.#problem.textContent = gettext("Asking Docker for its images…");
    if (error) this.#problem.textContent = error;
    else if (data && !data.images.length) {
      this.#problem.textContent = data.unread
        ? gettext("Docker in the machine is slow to say what its images are made of. It is tried again.")
        : gettext("There are no images yet. Build one, or pull one, and its layers appear here.");
    }
    if (!data) return;
    const first = !this.#images.length;
    const known = new Set(this.#images.map(({ id }) => id));
    this.#images = data.images;
    this.#total = data.total;
    for (const id of this.#steps.keys()) if (!this.#find(id)) this.#steps.delete(id);
    this.#follow(first ? [] : this.#images.filter(({ id }) => !known.has(id)));
    this.#draw();
  }

  /** @param {{data: any, error: string}} sample */
  hearPushes({ data, error }) {
    this.#pushProblem = error;
    if (!data) return this.#draw();
    const latest = this.#pushes[0]?.at ?? 0;
    const first = !this.#pushes.length;
    this.#pushes = data.pushes;
    const push = this.#pushes[0];
    if (push && !first && push.at > latest) announce(summarizePush(push));
    this.#draw();
  }

  /**
   * Show what is new, unless somebody is reading; keep to a name whose image is another one now.
   *
   * @param {ImageData[]} arrived
   */
  #follow(arrived) {
    const newest = arrived.reduce(
      (/** @type {ImageData | undefined} */ latest, image) =>
        latest && latest.created >= image.created ? latest : image,
      undefined,
    );
    if (this.#arrived && !this.#find(this.#arrived)) this.#arrived = "";
    if (newest) {
      const reading = this.#compared || [...this.#stacks.values()].some(({ view }) => view.opened);
      if (reading && this.#find(this.#chosen)) this.#arrived = newest.id;
      else this.#chosen = newest.id;
      announce(`${nameOf(newest)}: ${summarize(newest, this.#images)}`);
    }
    if (!this.#find(this.#chosen)) this.#chosen = this.#images[0]?.id ?? "";
    if (!this.#find(this.#compared) || this.#compared === this.#chosen) this.#compared = "";
  }

  /** @param {string} id */
  #find(id) {
    return this.#images.find((image) => image.id === id);
  }

  /** @param {string} id */
  #choose(id) {
    this.#chosen = id;
    if (this.#arrived === id) this.#arrived = "";
    if (this.#compared === id) this.#compared = "";
    this.#draw();
  }

  /** @param {string} id */
  #compare(id) {
    this.#compared = id;
    this.#draw();
  }

  #draw() {
    const image = this.#find(this.#chosen);
    const other = this.#find(this.#compared);
    this.#content.hidden = !image;
    if (!image) return;
    this.#drawChoices();
    this.#drawText(image, other);
    void this.#loadSteps(image.id);
    if (other) void this.#loadSteps(other.id);
    if (other) this.#drawPair(image, other);
    else this.#drawOne(image);
  }

  #drawChoices() {
    /** @type {[string, string][]} */
    const choices = this.#images.map((image) => [image.id, `${nameOf(image)}, ${byteSize(image.size)}`]);
    const more = this.#total - this.#images.length;
    offer(this.#image.select, choices, this.#chosen);
    const others = choices.filter(([id]) => id !== this.#chosen);
    offer(this.#other.select, [["", gettext("no other")], ...others], this.#compared);
    this.#image.select.title =
      more > 0 ? ngettext("%(count)s older image is not listed.", "%(count)s older images are not listed.", more) : "";
  }

  /**
   * @param {ImageData} image
   * @param {ImageData | undefined} other
   */
  #drawText(image, other) {
    if (other) this.#summary.replaceChildren(make("strong", "", summarizePair(image, other)));
    else this.#drawSummary(image);
    const text = other ? "" : this.#pushText(image);
    this.#pushed.hidden = !text;
    this.#pushed.textContent = text;
    this.#drawNews();
  }

  /** @param {ImageData} image */
  #drawSummary(image) {
    const layers = ngettext("%(count)s layer", "%(count)s layers", image.layers.length);
    const size = fill(gettext("%(layers)s, %(size)s."), { layers, size: byteSize(image.size) });
    this.#summary.replaceChildren(make("strong", "", size), " ", summarize(image, this.#images));
    if (image.reused && !image.reuse_observed) {
      this.#summary.append(" ", gettext("(By the images' dates: the panel was not open when it came.)"));
    }
    const source = this.#find(image.reused_from);
    if (!source) return;
    const button = textButton(fill(gettext("Compare with %(image)s"), { image: nameOf(source) }));
    button.addEventListener("click", () => {
      this.#compare(source.id);
      this.#other.select.focus();
    });
    this.#summary.append(" ", button);
  }

  #drawNews() {
    const arrived = this.#find(this.#arrived);
    this.#news.hidden = !arrived;
    if (!arrived || this.#news.dataset.image === arrived.id) return;
    this.#news.dataset.image = arrived.id;
    const show = textButton(gettext("Show it"));
    show.addEventListener("click", () => {
      this.#compared = "";
      this.#choose(arrived.id);
      this.#image.select.focus();
    });
    this.#news.replaceChildren(fill(gettext("%(image)s is new."), { image: nameOf(arrived) }), " ", show);
  }

  /** @param {ImageData} image */
  #pushOf(image) {
    return this.#pushes.find((push) => push.image === image.id);
  }

  /**
   * Say what a push of an image sent; "" for an image that is not named after the registry.
   *
   * @param {ImageData} image
   */
  #pushText(image) {
    const push = this.#pushOf(image);
    if (push) return summarizePush(push);
    if (!image.names.some((name) => name.startsWith(REGISTRY))) return "";
    return this.#pushProblem || gettext("Not pushed yet, or so long ago that the registry does not remember it.");
  }

  /** @param {ImageData} image */
  #rows(image) {
    return makeRows(image, this.#steps.get(image.id) ?? [], this.#images, this.#pushOf(image));
  }

  /** @param {ImageData} image */
  #drawOne(image) {
    const rows = this.#rows(image);
    this.#stacks.delete("other");
    this.#stacks.delete("shared");
    const stack = this.#stack("one", image.id);
    stack.update(rows, largestOf(rows));
    stack.element.setAttribute("aria-label", fill(gettext("Layers of %(image)s, the top first"), { image: nameOf(image) }));
    this.#arrange("one", [stack.element]);
  }

  /**
   * @param {ImageData} image
   * @param {ImageData} other
   */
  #drawPair(image, other) {
    const shared = sharedLayers(image, other);
    const [rows, otherRows] = [this.#rows(image), this.#rows(other)];
    const [upper, lower] = split(rows, shared);
    const [otherUpper] = split(otherRows, shared);
    const largest = Math.max(largestOf(rows), largestOf(otherRows));
    const parts = /** @type {[string, ImageData, Row[]][]} */ ([
      ["one", image, upper],
      ["other", other, otherUpper],
    ]).map(([place, owner, own]) => {
      const stack = this.#stack(place, owner.id);
      stack.update(own, largest);
      const label = fill(gettext("Only in %(image)s"), { image: nameOf(owner) });
      stack.element.setAttribute("aria-label", label);
      const none = make("p", "layers__none", gettext("nothing of its own"));
      const body = own.length ? stack.element : none;
      return make("div", "layers__column", make("p", "layers__name", nameOf(owner)), body);
    });
    const elements = [...parts];
    if (shared) {
      const stack = this.#stack("shared", image.id);
      stack.update(lower, largest);
      const text = ngettext("The lowest layer is the same, and there once", "The %(count)s lowest layers are the same, and there once", shared);
      stack.element.setAttribute("aria-label", text);
      elements.push(make("div", "layers__shared", make("p", "layers__join", text), stack.element));
    }
    this.#arrange("pair", elements);
  }

  /**
   * @param {"one" | "pair"} arrangement
   * @param {HTMLElement[]} elements
   */
  #arrange(arrangement, elements) {
    const focused = document.activeElement;
    const same = arrangement === "one" && this.#columns.firstElementChild === elements[0];
    this.#columns.dataset.arrangement = arrangement;
    if (same && this.#columns.childElementCount === 1) return;
    this.#columns.replaceChildren(...elements);
    if (focused instanceof HTMLElement && this.#columns.contains(focused)) focused.focus({ preventScroll: true });
  }

  /**
   * @param {string} place
   * @param {string} image
   */
  #stack(place, image) {
    let stack = this.#stacks.get(place);
    if (stack?.image !== image) {
      const load = (/** @type {number} */ layer, /** @type {string} */ path) =>
        this.#context.act("layer-files", { image, layer, path });
      stack = { image, view: new StackView(load) };
      this.#stacks.set(place, stack);
    }
    return stack.view;
  }

  /** @param {string} image */
  async #loadSteps(image) {
    if (this.#steps.has(image)) return;
    this.#steps.set(image, []);
    try {
      const { steps } = await this.#context.act("image-steps", { image });
      this.#steps.set(image, steps);
      this.#draw();
    } catch {
      // Layers are drawn without instructions; the next sample asks again.
      this.#steps.delete(image);
    }
  }
}

/** @param {Row[]} rows */
function largestOf(rows) {
  return Math.max(0, ...rows.map(({ size }) => size));
}

/**
 * Part an image's rows above the shared layers. Steps without a layer that follow the highest of
 * them are each image's own.
 *
 * @param {Row[]} rows from the top
 * @param {number} shared
 */
function split(rows, shared) {
  const at = rows.findIndex(({ layer }) => layer !== null && layer < shared);
  const upper = at < 0 ? rows : rows.slice(0, at);
  const lower = at < 0 ? [] : rows.slice(at);
  return [upper.map((row) => inPair(row, "own")), lower.map((row) => inPair(row, "shared"))];
}

/**
 * Let a row say what counts in a comparison, instead of what was there before.
 *
 * @param {Row} row
 * @param {"own" | "shared"} state
 * @returns {Row}
 */
function inPair(row, state) {
  return row.layer === null ? row : { ...row, state };
}

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  const panel = new LayersPanel(root, context);
  const stops = [
    context.watch("image-layers", (sample) => panel.hearImages(sample)),
    context.watch("pushes", (sample) => panel.hearPushes(sample)),
  ];
  return () => stops.forEach((stop) => stop());
}
