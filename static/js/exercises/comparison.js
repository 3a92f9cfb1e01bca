/** Compare what a student predicted with what was measured, by them, the platform and the class. */

import { make, makeSvg } from "../lib/dom.js";
import { roundNumber } from "../lib/format.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { histogram, symbol, valuesOf } from "./histogram.js";
import { rows } from "./histogram_layout.js";

/**
 * @import { ClassPayload, PredictionPayload } from "../lib/api_types.js"
 * @import { TableRow } from "./histogram_layout.js"
 */

/**
 * Compare a prediction with its measurement in a sentence.
 *
 * @param {number} value
 * @param {number} measured
 */
export function verdict(value, measured) {
  if (value <= 0 || measured <= 0) return "";
  const times = Math.max(value, measured) / Math.min(value, measured);
  if (times < 1.1) return gettext("Your prediction was within a tenth of what you measured.");
  const text =
    value > measured
      ? gettext("You predicted %(times)s times as much as you measured.")
      : gettext("You measured %(times)s times as much as you predicted.");
  return fill(text, { times: roundNumber(times) });
}

/**
 * List the three numbers, each with its pin's shape.
 *
 * @param {PredictionPayload} prediction
 * @returns {HTMLElement}
 */
function legend(prediction) {
  const { value, measured, reference } = valuesOf(prediction);
  const entries = [
    ["predicted", gettext("You predicted"), value],
    ["measured", gettext("You measured"), measured],
    ["reference", gettext("The platform measured"), reference],
  ];
  const numbers = entries.map(([name, term, number]) => {
    const attributes = { class: "plot__key", viewBox: "0 0 14 14", "aria-hidden": "true" };
    const key = makeSvg("svg", attributes, symbol(name, 7, 7));
    return make("div", "comparison__number", make("dt", "", key, term), make("dd", "", number));
  });
  return make("dl", "comparison__numbers", ...numbers);
}

/**
 * @param {"row" | "col"} scope
 * @param {string} text
 * @returns {HTMLElement}
 */
function headerCell(scope, text) {
  const cell = make("th", "", text);
  cell.setAttribute("scope", scope);
  return cell;
}

/**
 * @param {number | null} count
 * @returns {HTMLElement}
 */
function cell(count) {
  return make("td", "", count === null ? "–" : roundNumber(count));
}

/**
 * @param {TableRow} row
 * @returns {HTMLElement}
 */
function tableRow({ from, to, predicted, measured }) {
  const head = headerCell("row", `${roundNumber(from)} – ${roundNumber(to)}`);
  return make("tr", "", head, cell(predicted), cell(measured));
}

/**
 * @param {PredictionPayload} prediction
 * @param {ClassPayload} scale
 * @returns {HTMLElement} the bars as a table
 */
function table({ unit }, scale) {
  const between = unit ? fill(gettext("Between (%(unit)s)"), { unit }) : gettext("Between");
  const heads = [between, gettext("predicted"), gettext("measured")];
  const headRow = make("tr", "", ...heads.map((text) => headerCell("col", text)));
  const body = make(
    "table",
    "",
    make("caption", "", gettext("How many of the class")),
    make("thead", "", headRow),
    make("tbody", "", ...rows(scale).map(tableRow)),
  );
  const summary = make("summary", "", gettext("The bars as a table"));
  return make("details", "comparison__table", summary, body);
}

/**
 * @param {ClassPayload} scale
 * @returns {string} what the axis does that readers may not expect
 */
function scaleText({ log }) {
  return log ? gettext("The scale is logarithmic: 1, 10 and 100 are equally far apart.") : "";
}

/**
 * @param {ClassPayload} scale
 * @returns {string} how many of the class have predicted
 */
function classText({ predicted, students, least }) {
  if (predicted) {
    return ngettext(
      "%(count)s student has predicted so far.",
      "%(count)s students have predicted so far.",
      students,
    );
  }
  const so_far = ngettext(
    "so far it is %(count)s student",
    "so far it is %(count)s students",
    students,
  );
  const text = gettext(
    "Others' numbers are shown once %(least)s students have predicted, for privacy; %(so_far)s.",
  );
  return fill(text, { least, so_far });
}

/**
 * @param {PredictionPayload} prediction which has been measured
 * @param {string} id
 * @returns {HTMLElement}
 */
export function comparison(prediction, id) {
  const { label, value, measured } = prediction;
  const scale = /** @type {ClassPayload} */ (prediction.class);
  const sentences = [verdict(value ?? 0, measured ?? 0), scaleText(scale), classText(scale)];
  const parts = [
    make("figcaption", "comparison__label", label),
    legend(prediction),
    histogram(prediction, scale, id),
    make("p", "comparison__text", sentences.filter(Boolean).join(" ")),
  ];
  if (scale.predicted) parts.push(table(prediction, scale));
  return make("figure", "comparison__figure", ...parts);
}
