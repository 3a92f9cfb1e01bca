/** Put the panels below the terminals or beside them, as large as is wished. */

import { find } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { wireSplitter } from "../lib/splitter.js";
import { recall, remember } from "../lib/storage.js";

const SIDE_KEY = "panels:side";

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} area holds terminals and panels
 */
export function wireDockLayout(root, area) {
  const button = find("[data-panels-side]", HTMLButtonElement, root);
  const isBelow = () => area.dataset.side !== "beside";

  const refresh = wireSplitter({
    splitter: find("#panels-splitter", HTMLElement, area),
    area,
    property: "--panels-size",
    key: () => `panels:size:${area.dataset.side}`,
    axis: () => (isBelow() ? "y" : "x"),
    label: (percent) => fill(gettext("Panels %(percent)s percent of the space"), { percent }),
    from: "end",
    start: 52,
    min: 20,
    max: 85,
  });

  /** @param {"below" | "beside"} side */
  function setSide(side) {
    area.dataset.side = side;
    const label = isBelow()
      ? gettext("Put panels beside the terminal")
      : gettext("Put panels below the terminal");
    button.setAttribute("aria-label", label);
    button.title = label;
    refresh();
  }

  button.addEventListener("click", () => {
    const side = isBelow() ? "beside" : "below";
    remember(SIDE_KEY, side);
    setSide(side);
  });
  setSide(recall(SIDE_KEY) === "beside" ? "beside" : "below");
}
