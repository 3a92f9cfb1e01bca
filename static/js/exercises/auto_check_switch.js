/** Whether this reader wants exercises to tick by themselves: remembered, and told to whoever looks after it (live.js). */

import { recall, remember } from "../lib/dom.js";

const KEY = "live";

/** An event of the window. */
export const CHANGED = "drydock-live";

/** @returns {boolean} */
export function wanted() {
  return recall(KEY) !== "off";
}

/** The switch in the panel of preferences, where the page has one. */
export function wireLiveSwitch() {
  for (const radio of document.querySelectorAll(/** @type {"input"} */ ('input[name="live"]'))) {
    radio.checked = (radio.value === "on") === wanted();
    radio.addEventListener("change", () => {
      remember(KEY, radio.value);
      window.dispatchEvent(new CustomEvent(CHANGED));
    });
  }
}
