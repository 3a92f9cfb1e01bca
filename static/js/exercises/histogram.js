/** Draw a class's predictions and measurements as a histogram, with the student's own marked. */

import { makeSvg } from "../lib/dom.js";
import { quantity, roundNumber } from "../lib/format.js";
import { fill, gettext } from "../lib/i18n.js";
import { ROW, WIDTH, across, bars, ticks } from "./histogram_layout.js";

/** @import { ClassPayload, PredictionPayload } from "../lib/api_types.js" */

const PREDICTED_BASE = ROW + 14;
const MEASURED_BASE = 2 * ROW + 34;
const AXIS = MEASURED_BASE;
const HEIGHT = 2 * ROW + 58;

/**
 * @param {ClassPayload} scale
 * @param {string} unit
 * @returns {Node[]} the axis with its numbers
 */
function axisOf(scale, unit) {
  const last = ticks(scale).length - 1;
  return ticks(scale).flatMap(({ x, value }, index) => {
    const anchor = index === 0 ? "start" : index === last ? "end" : "middle";
    const text = index === last ? quantity(value, unit) : roundNumber(value);
    const place = { class: "plot__tick", x, y: AXIS + 18, "text-anchor": anchor };
    const line = { class: "plot__axis", x1: x, x2: x, y1: AXIS, y2: AXIS + 4 };
    return [makeSvg("line", line), makeSvg("text", place, text)];
  });
}

/**
 * @param {"predicted" | "measured"} name
 * @param {string} title
 * @param {ClassPayload} scale
 * @param {number} base
 * @returns {Node[]} a row of bars
 */
function rowOf(name, title, scale, base) {
  const className = `plot__bar plot__bar--${name}`;
  const rects = bars(scale[name], scale, base).map((bar) => {
    return makeSvg("rect", { class: className, ...bar });
  });
  const line = { class: "plot__axis", x1: 8, x2: WIDTH - 8, y1: base, y2: base };
  const heading = makeSvg("text", { class: "plot__row", x: 8, y: base - ROW }, title);
  return [heading, ...rects, makeSvg("line", line)];
}

/**
 * Draw a pin in a shape of its own, so that colour is not all that tells it from the others.
 *
 * @param {string} name
 * @param {number} x
 * @param {number} base
 */
function pin(name, x, base) {
  const top = base - ROW + 16;
  const line = { class: `plot__pin plot__pin--${name}`, x1: x, x2: x, y1: top, y2: base };
  return [makeSvg("line", line), symbol(name, x, top)];
}

/**
 * @param {string} name
 * @param {number} x
 * @param {number} y
 * @returns {Node}
 */
export function symbol(name, x, y) {
  const className = `plot__symbol plot__symbol--${name}`;
  if (name === "predicted") return makeSvg("circle", { class: className, cx: x, cy: y, r: 5 });
  if (name === "measured") {
    return makeSvg("rect", { class: className, x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
  }
  const diamond = `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`;
  return makeSvg("path", { class: className, d: diamond });
}

/**
 * @param {PredictionPayload} prediction
 * @param {ClassPayload} scale
 * @returns {string} for who can't see the drawing
 */
function description(prediction, scale) {
  const own = fill(
    gettext(
      "Your prediction, %(value)s; your measurement, %(measured)s; the platform's, %(reference)s.",
    ),
    valuesOf(prediction),
  );
  const others = scale.predicted
    ? gettext("The bars show how many of the class predicted and measured what. The table below has the numbers.")
    : "";
  return `${own} ${others}`;
}

/**
 * @param {PredictionPayload} prediction
 * @returns {{value: string, measured: string, reference: string}} with their unit
 */
export function valuesOf({ value, measured, reference, unit }) {
  const format = (/** @type {number | null} */ number) => {
    return number === null ? "–" : quantity(number, unit);
  };
  return { value: format(value), measured: format(measured), reference: format(reference) };
}

/**
 * @param {PredictionPayload} prediction
 * @param {ClassPayload} scale
 * @param {string} id
 * @returns {Node}
 */
export function histogram(prediction, scale, id) {
  const { label, unit, value, measured, reference } = prediction;
  const parts = [
    makeSvg("title", { id: `${id}-title` }, label),
    makeSvg("desc", { id: `${id}-desc` }, description(prediction, scale)),
    ...rowOf("predicted", gettext("Predicted"), scale, PREDICTED_BASE),
    ...rowOf("measured", gettext("Measured"), scale, MEASURED_BASE),
    ...axisOf(scale, unit),
    ...pin("reference", across(reference ?? 0, scale), MEASURED_BASE),
    ...pin("measured", across(measured ?? 0, scale), MEASURED_BASE),
    ...pin("predicted", across(value ?? 0, scale), PREDICTED_BASE),
  ];
  const attributes = {
    class: "plot",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-labelledby": `${id}-title ${id}-desc`,
  };
  return makeSvg("svg", attributes, ...parts);
}
