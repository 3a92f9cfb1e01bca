/** Move the bar between two terminals. */

import { find } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { wireSplitter } from "../../lib/splitter.js";

/** @import { TerminalLayout } from "./layout.js" */

/**
 * @param {HTMLElement} pane
 * @param {TerminalLayout} layout
 */
export function wireSplitBar(pane, layout) {
  const refresh = wireSplitter({
    splitter: find("#terminal-splitter", HTMLElement, pane),
    area: find(".terminal-pane__body", HTMLElement, pane),
    property: "--terminal-split",
    key: () => `terminals:split:${layout.split || "beside"}`,
    axis: () => (layout.split === "below" ? "y" : "x"),
    label: (percent) => fill(gettext("The first terminal has %(percent)s percent"), { percent }),
    min: 20,
    max: 80,
  });
  let split = layout.split;
  layout.onChange(() => {
    if (split !== layout.split) refresh();
    split = layout.split;
  });
}
