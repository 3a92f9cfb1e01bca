/** Offer what can be done with the terminal that is open: rename, split, close. */

import { find, toast } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { endShell } from "./end_shell.js";
import { MAIN } from "./layout.js";
import { placeBelow } from "./popover.js";

/**
 * @import { Split, TerminalLayout } from "./layout.js"
 * @import { Terminals } from "./terminals.js"
 */

/**
 * @param {HTMLElement} root the terminal pane
 * @param {TerminalLayout} layout
 * @param {Terminals} terminals
 */
export function wireTabMenu(root, layout, terminals) {
  const menu = find("#terminal-menu", HTMLElement, root);
  const opener = find("[popovertarget=terminal-menu]", HTMLElement, root);
  const renaming = find("#dialog-rename", HTMLDialogElement);
  const title = find("input", HTMLInputElement, renaming);
  const closeDialog = find("#dialog-close-terminal", HTMLDialogElement);
  let renamed = "";

  /** @param {string} id */
  function rename(id) {
    const terminal = layout.find(id);
    if (!terminal) return;
    renamed = id;
    title.value = terminal.title;
    title.placeholder = layout.label({ ...terminal, title: "" });
    renaming.returnValue = "no";
    renaming.showModal();
    title.select();
  }

  const cancel = find("[data-cancel]", HTMLButtonElement, renaming);
  cancel.addEventListener("click", () => renaming.close("no"));
  renaming.addEventListener("close", () => {
    if (renaming.returnValue === "yes") layout.rename(renamed, title.value);
    terminals.focus();
  });

  /** @param {string} id */
  function close(id) {
    const terminal = layout.find(id);
    if (!terminal) return;
    if (terminal.name === MAIN) {
      toast(gettext("A machine's first terminal stays open. The others can be closed."));
    } else if (terminals.views.get(id)?.hasProgram) askToClose(id, layout.label(terminal));
    else void end(id);
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  function askToClose(id, name) {
    const text = gettext("A program still runs in %(terminal)s. It is stopped, as by Ctrl-C.");
    const message = find("[data-close-text]", HTMLElement, closeDialog);
    message.textContent = fill(text, { terminal: name });
    closeDialog.returnValue = "no";
    const closed = () => closeDialog.returnValue === "yes" && void end(id);
    closeDialog.addEventListener("close", closed, { once: true });
    closeDialog.showModal();
  }

  /** @param {string} id */
  async function end(id) {
    const view = terminals.views.get(id);
    if (view && !(await endShell(view))) {
      toast(gettext("The program did not stop, so its terminal stays open. Leave it first."));
      return;
    }
    const focused = document.activeElement;
    const hadFocus = focused === document.body || root.contains(focused);
    layout.remove(id);
    if (hadFocus) terminals.focus();
  }

  /** @type {Record<string, () => void>} */
  const actions = {
    rename: () => rename(layout.active),
    beside: () => split("beside"),
    below: () => split("below"),
    whole: () => split(""),
    close: () => close(layout.active),
  };

  /** @param {Split} how */
  function split(how) {
    layout.setSplit(how);
    terminals.focusWhenLive();
  }

  menu.addEventListener("beforetoggle", () => {
    placeBelow(menu, opener);
    for (const button of menu.querySelectorAll("[data-terminal-action]")) {
      const action = button.getAttribute("data-terminal-action");
      if (action === "whole") button.toggleAttribute("hidden", !layout.split);
      const pressed = String(layout.split === action);
      if (action === "beside" || action === "below") button.setAttribute("aria-pressed", pressed);
      const first = layout.find(layout.active)?.name === MAIN;
      if (action === "close") button.setAttribute("aria-disabled", String(first));
    }
  });
  menu.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-terminal-action]") : null;
    if (!button) return;
    menu.hidePopover();
    actions[button.getAttribute("data-terminal-action") ?? ""]?.();
  });
  return { rename, close };
}
