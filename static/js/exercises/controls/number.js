/** Type a number, and choose its unit where there are several. */

import { textFieldIn } from "../fields.js";

/** @import { Control } from "../controls.js" */

/** @type {Control} */
export const control = {
  readAnswer: (root) => {
    const value = textFieldIn(root).value.trim();
    const unit = root.querySelector("select")?.value;
    return value ? { value, ...(unit && { unit }) } : null;
  },
  writeAnswer: (root, answer) => {
    const unit = root.querySelector("select");
    textFieldIn(root).value = answer?.value ?? "";
    if (unit && answer?.unit) unit.value = answer.unit;
  },
};
