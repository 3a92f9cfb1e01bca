/** Search one terminal from a bar of its own (Ctrl-Shift-F). */

import { SearchAddon } from "@xterm/addon-search";
import { find } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";

/**
 * @import { ISearchOptions } from "@xterm/addon-search"
 * @import { Terminal } from "@xterm/xterm"
 */

/** @returns {ISearchOptions} */
function options() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const [match, active] = [token("--warn"), token("--hull")];
  return {
    decorations: {
      matchBorder: match,
      matchOverviewRuler: match,
      activeMatchBorder: active,
      activeMatchColorOverviewRuler: active,
    },
  };
}

export class Search {
  #addon = new SearchAddon();
  #form;
  #input;
  #leave;

  /**
   * @param {Terminal} terminal
   * @param {HTMLElement} root
   * @param {() => void} leave
   */
  constructor(terminal, root, leave) {
    this.#form = find(".machine__search", HTMLFormElement, root);
    this.#input = find(".machine__query", HTMLInputElement, root);
    this.#leave = leave;
    terminal.loadAddon(this.#addon);
    this.#wire(find(".machine__matches", HTMLElement, root));
  }

  open() {
    this.#form.hidden = false;
    this.#input.select();
    this.#input.focus();
  }

  close() {
    this.#form.hidden = true;
    this.#addon.clearDecorations();
    this.#leave();
  }

  /** @param {HTMLElement} matches */
  #wire(matches) {
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => {
      const place = { place: resultIndex + 1, count: resultCount };
      const text = fill(gettext("%(place)s of %(count)s"), place);
      matches.textContent = resultCount ? text : gettext("Nothing");
    });
    this.#input.addEventListener("input", () => {
      if (!this.#input.value) matches.textContent = "";
      this.#addon.findPrevious(this.#input.value, options());
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#addon.findNext(this.#input.value, options());
    });
    this.#form.addEventListener("click", (event) => this.#clicked(event));
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {Event} event */
  #clicked({ target }) {
    const button = target instanceof Element ? target.closest("[data-find]") : null;
    const action = button?.getAttribute("data-find");
    if (action === "previous") this.#addon.findPrevious(this.#input.value, options());
    else if (action === "close") this.close();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.shiftKey) {
      this.#addon.findPrevious(this.#input.value, options());
    } else return;
    event.preventDefault();
  }
}
