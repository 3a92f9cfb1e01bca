/** Search the lessons from every page: a dialog, under `/`, that leads to where the words stand. */

import { find, icon, make } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/i18n.js";
import { recall } from "../lib/storage.js";

/** @import { LessonHit, Marked } from "../lib/api_types.js" */

const WAIT_MS = 160;
const QUERY_MAX = 100;
const INPUTS = "input, textarea, select, [contenteditable], .xterm, dialog";

/**
 * @param {Marked} parts
 * @returns {(string | HTMLElement)[]}
 */
const marked = (parts) => parts.map(([text, isMatch]) => (isMatch ? make("mark", "", text) : text));

class SearchDialog {
  #address;
  #input = document.createElement("input");
  #list = make("div", "palette__list");
  #status = make("p", "palette__status");
  #dialog = document.createElement("dialog");
  #timer = 0;
  #requested = 0;

  /** @param {string} address of the results */
  constructor(address) {
    this.#address = address;
    this.#input.className = "palette__input";
    this.#input.type = "search";
    this.#input.name = "q";
    this.#input.maxLength = QUERY_MAX;
    this.#input.placeholder = gettext("Search the lessons");
    this.#input.setAttribute("aria-label", gettext("Search the lessons"));
    this.#input.autocomplete = "off";
    this.#status.setAttribute("role", "status");
    const close = make("button", "tool", icon("cross"));
    close.setAttribute("aria-label", gettext("Close the search"));
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.className = "palette";
    this.#dialog.setAttribute("aria-label", gettext("Search"));
    this.#dialog.append(make("div", "palette__head", icon("search"), this.#input, close));
    this.#dialog.append(this.#list, this.#status);
    document.body.append(this.#dialog);
    this.#input.addEventListener("input", () => this.#askSoon());
    this.#dialog.addEventListener("keydown", (event) => this.#move(event));
    this.#dialog.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a");
      if (link || event.target === this.#dialog) this.#dialog.close();
    });
  }

  open() {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#input.select();
  }

  #askSoon() {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS);
  }

  async #ask() {
    const query = this.#input.value.trim();
    const number = (this.#requested += 1);
    if (!query) return this.#show([], "");
    const answer = await fetch(`${this.#address}?${new URLSearchParams({ q: query })}`).catch(() => null);
    /** @type {{ lessons: LessonHit[] } | null} */
    const results = answer?.ok ? await answer.json().catch(() => null) : null;
    if (number !== this.#requested) return; // something else has been typed since
    if (!results) return this.#show([], gettext("The search can't be reached now. Try again."));
    const count = results.lessons.length;
    const none = gettext("No lesson has all of these words. Try fewer, or the beginning of one.");
    const some = ngettext("%(count)s lesson has these words.", "%(count)s lessons have these words.", count);
    this.#show(results.lessons, count ? some : none);
  }

  /**
   * @param {LessonHit[]} lessons
   * @param {string} status
   */
  #show(lessons, status) {
    this.#status.textContent = status;
    this.#list.replaceChildren(...lessons.map((lesson) => this.#group(lesson)));
  }

  /** @param {LessonHit} lesson */
  #group(lesson) {
    const top = { url: lesson.url, title: lesson.title, excerpt: [] };
    const links = (lesson.sections.length ? lesson.sections : [top]).map(({ url, title, excerpt }) => {
      const link = document.createElement("a");
      link.className = "palette__hit";
      link.href = url;
      if (title.length) link.append(make("span", "palette__section", ...marked(title)));
      link.append(make("span", "palette__excerpt", ...marked(excerpt)));
      return link;
    });
    const name = make("p", "palette__lesson", ...marked(lesson.title));
    return make("div", "palette__group", make("p", "palette__course", lesson.course), name, ...links);
  }

  /**
   * Walk through the field and the results with the arrows; Enter in the field opens the first.
   *
   * @param {KeyboardEvent} event
   */
  #move(event) {
    const stops = [this.#input, ...this.#list.querySelectorAll("a")];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      stops[Math.min(stops.length - 1, Math.max(0, at + step))]?.focus();
    } else if (event.key === "Enter" && at === 0) {
      event.preventDefault();
      stops[1]?.click();
    }
  }
}

/** Wire the sign in the header, and the key. */
export function wireSearch() {
  const link = document.querySelector("[data-open-search]");
  if (!(link instanceof HTMLAnchorElement)) return;
  /** @type {SearchDialog | null} */
  let dialog = null;
  const open = () => (dialog ??= new SearchDialog(link.dataset.openSearch ?? "")).open();
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  // A single key, so it can be switched off with the others (workspace/shortcuts.js).
  window.addEventListener("keydown", (event) => {
    const typed = event.target instanceof Element && event.target.closest(INPUTS);
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || typed) return;
    if (recall("shortcuts") === "off") return;
    const field = document.querySelector(".search-form input");
    event.preventDefault();
    if (field) find(".search-form input", HTMLInputElement).focus();
    else open();
  });
}
