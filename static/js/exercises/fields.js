/** Find the fields of a question's control. */

import { find } from "../lib/dom.js";

/**
 * @param {ParentNode} root
 * @returns {HTMLInputElement[]}
 */
export function boxesIn(root) {
  const inputs = [...root.querySelectorAll("input")];
  return inputs.filter(({ type }) => type === "radio" || type === "checkbox");
}

/**
 * @param {ParentNode} root
 * @returns {HTMLInputElement}
 */
export function textFieldIn(root) {
  return find("[data-value]", HTMLInputElement, root);
}
