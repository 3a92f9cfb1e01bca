/** Show what a machine's Docker engine has, as lists. */

import { make } from "../../lib/dom.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  return context.watch("containers", ({ data, error }) => {
    if (error) return root.replaceChildren(make("p", "panel__problem", error));
    const rows = (data?.containers ?? []).map((/** @type {any} */ container) =>
      make("li", "", `${container.name} ${container.image} ${container.status}`),
    );
    root.replaceChildren(make("ul", "", ...rows));
  });
}
