/** The search bar of one terminal (Ctrl-Shift-F). */

import { SearchAddon } from "@xterm/addon-search";
import { find } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";

/** @returns {import("@xterm/addon-search").ISearchOptions} */
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

  /** @param {import("@xterm/xterm").Terminal} terminal @param {HTMLElement} root @param {() => void} leave */
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

  /** @param {HTMLElement} found */
  #wire(found) {
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => {
      const place = fill(gettext("%(place)s of %(count)s"), { place: resultIndex + 1, count: resultCount });
      found.textContent = resultCount ? place : gettext("Nothing");
    });
    this.#input.addEventListener("input", () => {
      if (!this.#input.value) found.textContent = "";
      this.#addon.findPrevious(this.#input.value, options());
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#addon.findNext(this.#input.value, options());
    });
    this.#form.addEventListener("click", (event) => this.#clicked(event));
    this.#input.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-find]") : null;
    const what = button?.getAttribute("data-find");
    if (what === "previous") this.#addon.findPrevious(this.#input.value, options());
    else if (what === "close") this.close();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.shiftKey) this.#addon.findPrevious(this.#input.value, options());
    else return;
    event.preventDefault();
  }
}
