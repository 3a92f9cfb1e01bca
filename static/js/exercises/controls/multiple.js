/** Choose several options. */

import { boxesIn } from "../fields.js";

/** @import { Control } from "../controls.js" */

/** @type {Control} */
export const control = {
  readAnswer: (root) => {
    const checked = boxesIn(root).filter((box) => box.checked);
    return checked.length ? checked.map((box) => box.value) : null;
  },
  writeAnswer: (root, answer) => {
    for (const box of boxesIn(root)) box.checked = (answer ?? []).includes(box.value);
  },
};
