/** Switch between machines by tabs, of which one is open. */

import { find } from "../../lib/dom.js";

/**
 * Wire the tabs: arrow keys walk along them and stay there; a click goes on into the terminal.
 *
 * @param {HTMLElement} root
 * @param {(machine: string) => void} chosen
 * @param {() => void} entered
 */
export function wireMachineTabs(root, chosen, entered) {
  const tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[role=tab]")]);

  /** @param {HTMLElement} tab */
  function open(tab) {
    for (const other of tabs) {
      const selected = other === tab;
      other.setAttribute("aria-selected", String(selected));
      other.tabIndex = selected ? 0 : -1;
      find(`#${other.getAttribute("aria-controls")}`, HTMLElement, root).hidden = !selected;
    }
    chosen(tab.dataset.tab ?? "");
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => {
      open(tab);
      entered();
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step && tabs[(index + step + tabs.length) % tabs.length];
      if (!next) return;
      open(next);
      next.focus();
    });
  });
  return {
    /** @param {string} machine */
    choose(machine) {
      const tab = tabs.find((candidate) => candidate.dataset.tab === machine);
      if (tab) open(tab);
    },
  };
}
