/** Send keys that the browser keeps for itself, from a panel above the terminals. */

import { find } from "../../lib/dom.js";
import { controlOf } from "../../terminal/input/soft_keys.js";

/** @import { Terminals } from "./terminals.js" */

const GAP_PX = 4;

/**
 * @param {HTMLElement} pane
 * @param {Terminals} terminals
 */
export function wireKeptKeys(pane, terminals) {
  const panel = find("#kept-keys", HTMLElement, pane);
  const opener = find("[popovertarget=kept-keys]", HTMLElement, pane);
  panel.addEventListener("beforetoggle", () => {
    const { right, bottom } = opener.getBoundingClientRect();
    panel.style.setProperty("--below", `${bottom + GAP_PX}px`);
    panel.style.setProperty("--end", `${window.innerWidth - right}px`);
  });
  panel.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-send]") : null;
    if (!(button instanceof HTMLElement)) return;
    panel.hidePopover();
    terminals.current?.press(controlOf(button.dataset.send ?? ""));
    terminals.focus();
  });
}
