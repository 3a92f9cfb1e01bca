/** Predict, then measure: the form in which a student commits to numbers, and how they compare once they are measured. */

import { ApiError, call } from "../lib/api.js";
import { announce, find, make } from "../lib/dom.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { ROW, WIDTH, across, bars, rows, ticks } from "./histogram_layout.js";

/**
 * @typedef {import("../lib/api_types.js").PredictionPayload} PredictionPayload
 * @typedef {import("../lib/api_types.js").ClassPayload} ClassPayload
 * @typedef {import("../lib/api_types.js").ExerciseData} ExerciseData
 */

const SVG = "http://www.w3.org/2000/svg";
const [PREDICTED, MEASURED, AXIS, HEIGHT] = [ROW + 14, 2 * ROW + 34, 2 * ROW + 34, 2 * ROW + 58];

/** @param {number} value @returns {string} three digits, or all before the point */
export function number(value) {
  const digits = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(globalThis.document?.documentElement.lang || "en", digits).format(value);
}

/** @param {number} value @param {string} unit @returns {string} */
function quantity(value, unit) {
  return unit ? `${number(value)}\u00a0${unit}` : number(value);
}

/** How a prediction compares with what was measured, in a sentence. @param {number} value @param {number} measured */
export function verdict(value, measured) {
  if (value <= 0 || measured <= 0) return "";
  const times = Math.max(value, measured) / Math.min(value, measured);
  if (times < 1.1) return gettext("Your prediction was within a tenth of what you measured.");
  if (value > measured) return fill(gettext("You predicted %(times)s times as much as you measured."), { times: number(times) });
  return fill(gettext("You measured %(times)s times as much as you predicted."), { times: number(times) });
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {(Node | string)[]} children */
function draw(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {ClassPayload} scale @param {string} unit @returns {Node[]} the axis with its numbers */
function axisOf(scale, unit) {
  const last = ticks(scale).length - 1;
  return ticks(scale).flatMap(({ x, value }, index) => {
    const anchor = index === 0 ? "start" : index === last ? "end" : "middle";
    const text = index === last ? quantity(value, unit) : number(value);
    const label = draw("text", { class: "plot__tick", x, y: AXIS + 18, "text-anchor": anchor }, text);
    return [draw("line", { class: "plot__axis", x1: x, x2: x, y1: AXIS, y2: AXIS + 4 }), label];
  });
}

/** @param {string} name @param {string} title @param {number[] | null} counts @param {ClassPayload} scale @param {number} base */
function rowOf(name, title, counts, scale, base) {
  const shapes = bars(counts, scale, base).map((bar) => draw("rect", { class: `plot__bar plot__bar--${name}`, ...bar }));
  const line = draw("line", { class: "plot__axis", x1: 8, x2: WIDTH - 8, y1: base, y2: base });
  return [draw("text", { class: "plot__row", x: 8, y: base - ROW }, title), ...shapes, line];
}

/** A pin of its own shape, so that colour is not all that tells it. @param {string} name @param {number} x @param {number} base */
function pin(name, x, base) {
  const line = draw("line", { class: `plot__pin plot__pin--${name}`, x1: x, x2: x, y1: base - ROW + 16, y2: base });
  return [line, symbol(name, x, base - ROW + 16)];
}

/** @param {string} name @param {number} x @param {number} y @returns {Node} */
function symbol(name, x, y) {
  const shape = `plot__symbol plot__symbol--${name}`;
  if (name === "predicted") return draw("circle", { class: shape, cx: x, cy: y, r: 5 });
  if (name === "measured") return draw("rect", { class: shape, x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
  return draw("path", { class: shape, d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z` });
}

/** @param {PredictionPayload} of @param {ClassPayload} scale @param {string} id @returns {Node} */
function plot(of, scale, id) {
  const words = fill(gettext("Your prediction, %(value)s; your measurement, %(measured)s; the platform's, %(reference)s."), values(of));
  const where = scale.predicted ? gettext("Bars: how many of the class. The table below has their numbers.") : "";
  const parts = [
    draw("title", { id: `${id}-title` }, of.label),
    draw("desc", { id: `${id}-desc` }, `${words} ${where}`),
    ...rowOf("predicted", gettext("Predicted"), scale.predicted, scale, PREDICTED),
    ...rowOf("measured", gettext("Measured"), scale.measured, scale, MEASURED),
    ...axisOf(scale, of.unit),
    ...pin("reference", across(of.reference ?? 0, scale), MEASURED),
    ...pin("measured", across(of.measured ?? 0, scale), MEASURED),
    ...pin("predicted", across(of.value ?? 0, scale), PREDICTED),
  ];
  const box = { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": `${id}-title ${id}-desc` };
  return draw("svg", box, ...parts);
}

/** @param {PredictionPayload} of @returns {{value: string, measured: string, reference: string}} */
function values(of) {
  const shown = (/** @type {number | null} */ value) => (value === null ? "–" : quantity(value, of.unit));
  return { value: shown(of.value), measured: shown(of.measured), reference: shown(of.reference) };
}

/** The three numbers, each with its pin's shape. @param {PredictionPayload} of @returns {HTMLElement} */
function legend(of) {
  const told = values(of);
  const entries = [
    ["predicted", gettext("You predicted"), told.value],
    ["measured", gettext("You measured"), told.measured],
    ["reference", gettext("The platform measured"), told.reference],
  ];
  return make(
    "dl",
    "comparison__numbers",
    ...entries.map(([name, term, value]) => {
      const key = draw("svg", { class: "plot__key", viewBox: "0 0 14 14", "aria-hidden": "true" }, symbol(name, 7, 7));
      return make("div", "comparison__number", make("dt", "", key, term), make("dd", "", value));
    }),
  );
}

/** @param {PredictionPayload} of @param {ClassPayload} scale @returns {HTMLElement} the bars as a table */
function table(of, scale) {
  const cell = (/** @type {number | null} */ count) => make("td", "", count === null ? "–" : number(count));
  const row = (/** @type {ReturnType<typeof rows>[number]} */ { from, to, predicted, measured }) => {
    const head = make("th", "", `${number(from)} – ${number(to)}`);
    head.setAttribute("scope", "row");
    return make("tr", "", head, cell(predicted), cell(measured));
  };
  const between = of.unit ? fill(gettext("Between (%(unit)s)"), { unit: of.unit }) : gettext("Between");
  const heads = [between, gettext("predicted"), gettext("measured")].map((text) => {
    const head = make("th", "", text);
    head.setAttribute("scope", "col");
    return head;
  });
  const caption = make("caption", "", gettext("How many of the class"));
  const body = make("table", "", caption, make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...rows(scale).map(row)));
  return make("details", "comparison__table", make("summary", "", gettext("The bars as a table")), body);
}

/** What is said of the class. @param {ClassPayload} scale @returns {string} */
function crowd(scale) {
  if (scale.predicted) return ngettext("%(count)s student has predicted so far.", "%(count)s students have predicted so far.", scale.students);
  const so_far = ngettext("so far it is %(count)s student", "so far it is %(count)s students", scale.students);
  return fill(gettext("Others' numbers are shown once %(least)s students have predicted, so that none can be told apart; %(so_far)s."), {
    least: scale.least,
    so_far,
  });
}

/** @param {PredictionPayload} of @param {string} id @returns {HTMLElement} */
function figure(of, id) {
  const scale = /** @type {ClassPayload} */ (of.class);
  const told = [verdict(of.value ?? 0, of.measured ?? 0), crowd(scale)].filter(Boolean).join(" ");
  const parts = [make("figcaption", "comparison__label", of.label), legend(of), plot(of, scale, id), make("p", "comparison__text", told)];
  if (scale.predicted) parts.push(table(of, scale));
  return make("figure", "comparison__figure", .../** @type {Node[]} */ (parts));
}

export class Predictions {
  #root;
  #data;
  #path;

  /** @param {HTMLElement} root the exercise @param {ExerciseData} data @param {string} lesson */
  constructor(root, data, lesson) {
    this.#root = find("[data-prediction]", HTMLElement, root);
    this.#data = data;
    this.#path = `exercises/${lesson}/${data.slug}/predictions`;
    find("form", HTMLFormElement, this.#root).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#commit();
    });
    this.#show();
    if (data.predictions.some((one) => one.measured !== null)) void this.refresh();
  }

  get #missing() {
    return this.#data.predictions.filter((one) => one.value === null);
  }

  /** Bring the first empty field to the eye. */
  ask() {
    const next = this.#missing[0];
    if (next) this.#input(next.id).focus();
  }

  /** Ask for what was measured, and for the class. */
  async refresh() {
    const found = await call("GET", this.#path).catch(() => null);
    if (found) this.#take(/** @type {{predictions: PredictionPayload[]}} */ (found).predictions);
  }

  async #commit() {
    for (const one of this.#missing) {
      const input = this.#input(one.id);
      this.#blame(one.id, "");
      try {
        const body = { prediction: one.id, value: input.value };
        const found = /** @type {{predictions: PredictionPayload[]}} */ (await call("POST", this.#path, body));
        this.#take(found.predictions);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#blame(one.id, error.message);
        if (error.code === "prediction-made") void this.refresh();
        return;
      }
    }
    const done = find("[data-committed]", HTMLElement, this.#root);
    done.focus();
    announce(done.textContent ?? "");
  }

  /** @param {PredictionPayload[]} predictions */
  #take(predictions) {
    this.#data.predictions = predictions;
    this.#show();
  }

  #show() {
    for (const one of this.#data.predictions) this.#showField(one);
    const open = this.#missing.length > 0;
    for (const part of this.#root.querySelectorAll("[data-open]")) part.toggleAttribute("hidden", !open);
    const measured = this.#data.predictions.filter((one) => one.class);
    find("[data-committed]", HTMLElement, this.#root).hidden = open || measured.length === this.#data.predictions.length;
    const comparison = find("[data-comparison]", HTMLElement, this.#root);
    comparison.hidden = measured.length === 0;
    comparison.replaceChildren(...measured.map((one) => figure(one, `plot-${this.#data.slug}-${one.id}`)));
  }

  /** @param {PredictionPayload} one */
  #showField(one) {
    const field = this.#field(one.id);
    field.hidden = Boolean(one.class);
    const said = find("[data-predicted]", HTMLElement, field);
    find("[data-entry]", HTMLElement, field).hidden = one.value !== null;
    said.hidden = one.value === null;
    said.textContent = one.value === null ? "" : quantity(one.value, one.unit);
  }

  /** What is wrong with a field; nothing when `text` is empty. @param {string} id @param {string} text */
  #blame(id, text) {
    const input = this.#input(id);
    const error = find("[data-error]", HTMLElement, this.#field(id));
    error.textContent = text;
    error.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (text) input.focus();
  }

  /** @param {string} id */
  #field(id) {
    return find(`[data-key="${id}"]`, HTMLElement, this.#root);
  }

  /** @param {string} id */
  #input(id) {
    return find("input", HTMLInputElement, this.#field(id));
  }
}
