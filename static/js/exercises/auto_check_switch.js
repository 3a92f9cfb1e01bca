/** Remember whether this reader wants auto-checks, and tell the page when that changes. */

import { recall, remember } from "../lib/storage.js";

const KEY = "live";

/** An event of the window. */
export const CHANGED = "drydock-auto-check";

/** @returns {boolean} */
export function isAutoCheckOn() {
  return recall(KEY) !== "off";
}

/** Wire the switch under *Appearance*, where the page has one. */
export function wireAutoCheckSwitch() {
  const radios = document.querySelectorAll(/** @type {"input"} */ ('input[name="auto-check"]'));
  for (const radio of radios) {
    radio.checked = (radio.value === "on") === isAutoCheckOn();
    radio.addEventListener("change", () => {
      remember(KEY, radio.value);
      window.dispatchEvent(new CustomEvent(CHANGED));
    });
  }
}
