/**
 * Choose among the machines' terminals by tabs. Arrow keys walk along them and stay there; a click
 * goes on into the terminal. Two clicks or F2 rename, Delete closes.
 */

import { find, icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";

/**
 * @import { TerminalEntry, TerminalLayout } from "./layout.js"
 *
 * @typedef {object} TabActions
 * @property {() => void} enter puts the keyboard into the terminal
 * @property {(id: string) => void} rename
 * @property {(id: string) => void} close
 */

/**
 * @param {TerminalEntry} terminal
 * @returns {HTMLElement}
 */
function makeTab({ id }) {
  const tab = make("button", "tabs__tab", icon("terminal"), make("span", "tabs__name"));
  tab.setAttribute("type", "button");
  tab.setAttribute("role", "tab");
  tab.id = `tab-${id}`;
  tab.dataset.tab = id;
  tab.setAttribute("aria-controls", `terminal-${id}`);
  return tab;
}

/**
 * @param {HTMLElement} root the terminal pane
 * @param {TerminalLayout} layout
 * @param {TabActions} actions
 * @returns {() => void} brings the tabs in line with the layout
 */
export function wireTabs(root, layout, actions) {
  const list = find(".tabs__list", HTMLElement, root);
  const adder = find("[data-add-terminal]", HTMLButtonElement, root);
  const tabOf = (/** @type {string} */ id) =>
    /** @type {HTMLElement | null} */ (list.querySelector(`[data-tab="${CSS.escape(id)}"]`));

  function show() {
    const ids = new Set(layout.terminals.map(({ id }) => id));
    for (const tab of [...list.children]) {
      if (!ids.has(/** @type {HTMLElement} */ (tab).dataset.tab ?? "")) tab.remove();
    }
    layout.terminals.forEach((terminal, at) => {
      const tab = tabOf(terminal.id) ?? makeTab(terminal);
      if (list.children[at] !== tab) list.insertBefore(tab, list.children[at] ?? null);
      const label = layout.label(terminal);
      const name = find(".tabs__name", HTMLElement, tab);
      if (name.textContent !== label) name.textContent = label;
      const selected = terminal.id === layout.active;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      tab.toggleAttribute("data-shown", layout.shown.includes(terminal.id));
      tab.title = gettext("Two clicks or F2 rename it");
    });
    tabOf(layout.active)?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    const { machine } = layout;
    const text = layout.hasRoom(machine)
      ? fill(gettext("Open another terminal in %(machine)s"), { machine })
      : fill(gettext("%(machine)s has six terminals, and that is all"), { machine });
    adder.title = text;
    adder.setAttribute("aria-label", text);
    adder.setAttribute("aria-disabled", String(!layout.hasRoom(machine)));
  }

  /** @param {Event} event */
  const tabAt = ({ target }) => {
    const tab = target instanceof Element ? target.closest("[data-tab]") : null;
    return tab instanceof HTMLElement ? tab : null;
  };

  list.addEventListener("click", (event) => {
    const tab = tabAt(event);
    if (!tab) return;
    layout.choose(tab.dataset.tab ?? "");
    actions.enter();
  });
  list.addEventListener("dblclick", (event) => {
    const tab = tabAt(event);
    if (tab) actions.rename(tab.dataset.tab ?? "");
  });
  list.addEventListener("auxclick", (event) => {
    const tab = event.button === 1 ? tabAt(event) : null;
    if (tab) actions.close(tab.dataset.tab ?? "");
  });
  list.addEventListener("keydown", (event) => {
    const id = tabAt(event)?.dataset.tab;
    if (!id) return;
    const ids = layout.terminals.map((terminal) => terminal.id);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = ids[(ids.indexOf(id) + step + ids.length) % ids.length];
      layout.choose(next);
      tabOf(next)?.focus();
    } else if (event.key === "F2") actions.rename(id);
    else if (event.key === "Delete") actions.close(id);
    else return;
    event.preventDefault();
  });
  adder.addEventListener("click", () => {
    if (layout.add(layout.machine)) actions.enter();
  });
  show();
  return show;
}
