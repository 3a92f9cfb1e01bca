/** Draw a curve without axes: how something went lately. The newest value is at the right. */

import { makeSvg } from "../../lib/dom.js";
import { TICKS } from "./histories.js";

const WIDTH = 60;
const HEIGHT = 20;
const STROKE = 1;

/**
 * Lay a curve out.
 *
 * @param {number[]} values
 * @param {number} top the value at the upper edge, unless one is higher
 * @returns {{line: string, area: string}} paths in a box of 60 by 20
 */
export function layOut(values, top) {
  if (!values.length) return { line: "", area: "" };
  const most = Math.max(top, ...values) || 1;
  const step = WIDTH / (TICKS - 1);
  const begin = WIDTH - (values.length - 1) * step;
  const points = values.map((value, at) => {
    const x = begin + at * step;
    const y = HEIGHT - STROKE - (value / most) * (HEIGHT - 2 * STROKE);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}V${HEIGHT}H${begin.toFixed(1)}Z` };
}

/**
 * Create a curve; what it shows must also stand beside it as a number.
 *
 * @returns {{element: SVGElement, draw: (values: number[], top: number) => void}}
 */
export function makeSparkline() {
  const area = makeSvg("path", { class: "desk-spark__area" });
  const line = makeSvg("path", { class: "desk-spark__line" });
  const element = makeSvg(
    "svg",
    {
      class: "desk-spark",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    area,
    line,
  );
  return {
    element,
    draw: (values, top) => {
      const paths = layOut(values, top);
      area.setAttribute("d", paths.area);
      line.setAttribute("d", paths.line);
    },
  };
}
