/** Send keys that the browser keeps for itself, from a panel above the terminals. */

import { find } from "../../lib/dom.js";
import { controlOf } from "../../terminal/input/soft_keys.js";
import { placeBelow } from "./popover.js";

/** @import { Terminals } from "./terminals.js" */

/**
 * @param {HTMLElement} pane
 * @param {Terminals} terminals
 */
export function wireKeptKeys(pane, terminals) {
  const panel = find("#kept-keys", HTMLElement, pane);
  const opener = find("[popovertarget=kept-keys]", HTMLElement, pane);
  panel.addEventListener("beforetoggle", () => placeBelow(panel, opener));
  panel.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-send]") : null;
    if (!(button instanceof HTMLElement)) return;
    panel.hidePopover();
    terminals.current?.press(controlOf(button.dataset.send ?? ""));
    terminals.focus();
  });
}
