/** Choose one option. */

import { boxesIn } from "../fields.js";

/** @import { Control } from "../controls.js" */

/** @type {Control} */
export const control = {
  readAnswer: (root) => boxesIn(root).find((box) => box.checked)?.value ?? null,
  writeAnswer: (root, answer) => {
    for (const box of boxesIn(root)) box.checked = box.value === answer;
  },
};
