/** Type a word or a few. */

import { textFieldIn } from "../fields.js";

/** @import { Control } from "../controls.js" */

/** @type {Control} */
export const control = {
  readAnswer: (root) => textFieldIn(root).value.trim() || null,
  writeAnswer: (root, answer) => {
    textFieldIn(root).value = answer ?? "";
  },
};
