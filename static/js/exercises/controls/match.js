/** Choose for each item on the left what belongs to it. */

import { find } from "../../lib/dom.js";

/** @import { Control } from "../controls.js" */

/**
 * @param {ParentNode} root
 * @returns {Map<string, HTMLSelectElement>} by the left side's key
 */
function selectsIn(root) {
  const rows = [...root.querySelectorAll("[data-left]")];
  return new Map(
    rows.map((row) => {
      return [row.getAttribute("data-left") ?? "", find("select", HTMLSelectElement, row)];
    }),
  );
}

/** @type {Control} */
export const control = {
  readAnswer: (root) => {
    const chosen = [...selectsIn(root)].filter(([, select]) => select.value);
    if (!chosen.length) return null;
    return Object.fromEntries(chosen.map(([left, select]) => [left, select.value]));
  },
  writeAnswer: (root, answer) => {
    for (const [left, select] of selectsIn(root)) select.value = answer?.[left] ?? "";
  },
};
