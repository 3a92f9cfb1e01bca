/** Make small buttons that are an icon with a name. */

import { icon, make } from "../../lib/dom.js";

/**
 * @param {string} name of an icon
 * @param {string} label
 * @param {() => void} act
 */
export function toolButton(name, label, act) {
  const button = /** @type {HTMLButtonElement} */ (make("button", "files__tool", icon(name)));
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}
