/** Hints: each is opened on the server, which has its text; one that costs points is opened by a button that says so. */

import { ApiError, call } from "../lib/api.js";
import { announce, find, make } from "../lib/dom.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { dressCode } from "../lib/code_blocks.js";

/**
 * @typedef {import("../lib/api_types.js").HintView} HintView
 */

/** @param {number} cost @returns {string} */
function warning(cost) {
  return ngettext(
    "Opening this hint takes %(count)s point off whatever you hand in from then on.",
    "Opening this hint takes %(count)s points off whatever you hand in from then on.",
    cost,
  );
}

class Hint {
  #root;
  #body;
  #number;
  #cost;
  #open;
  #busy = false;

  /** @param {HTMLDetailsElement} root @param {(number: number) => Promise<void>} open */
  constructor(root, open) {
    this.#root = root;
    this.#open = open;
    this.#body = find("[data-hint-body]", HTMLElement, root);
    this.#number = Number(root.dataset.hint);
    this.#cost = Number(root.dataset.cost);
    root.addEventListener("toggle", () => this.#toggled());
  }

  get closed() {
    return !this.#root.hasAttribute("data-opened");
  }

  /** @param {HintView} view */
  show(view) {
    if (!view.opened || !this.closed) return;
    this.#root.toggleAttribute("data-opened", true);
    this.#body.innerHTML = view.html; // cleaned by the server, as the task is
    dressCode(this.#body);
  }

  /** @param {boolean} visible */
  reveal(visible) {
    this.#root.hidden = !visible;
  }

  #toggled() {
    if (!this.#root.open || !this.closed || this.#busy) return;
    if (this.#cost) this.#offer();
    else void this.#fetch();
  }

  /** Say what it costs before it does. */
  #offer() {
    const label = ngettext("Open it for %(count)s point", "Open it for %(count)s points", this.#cost);
    const button = make("button", "button button--small", label);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => void this.#fetch());
    this.#body.replaceChildren(make("p", "hint__price", warning(this.#cost)), button);
  }

  async #fetch() {
    if (this.#busy) return;
    this.#busy = true;
    this.#body.replaceChildren(make("p", "hint__wait", make("span", "spinner"), gettext("Fetching the hint")));
    try {
      await this.#open(this.#number);
      this.#arrived();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failed(error.message);
    } finally {
      this.#busy = false;
    }
  }

  /** The button that had the focus is gone: go on where the text begins. */
  #arrived() {
    this.#body.tabIndex = -1;
    if (this.#cost) this.#body.focus();
    announce(fill(gettext("Hint %(number)s is open."), { number: this.#number }));
  }

  /** @param {string} message */
  #failed(message) {
    const again = make("button", "button button--small", gettext("Try again"));
    again.setAttribute("type", "button");
    again.addEventListener("click", () => void this.#fetch());
    this.#body.replaceChildren(make("p", "hint__fault", message), again);
    announce(message);
  }
}

/** @param {HTMLElement} root the exercise @param {string} path of the exercise in the API */
export function wireHints(root, path) {
  const roots = /** @type {HTMLDetailsElement[]} */ ([...root.querySelectorAll("details[data-hint]")]);
  const hints = roots.map((details) => new Hint(details, open));

  /** @param {number} number */
  async function open(number) {
    const answer = /** @type {{hints: HintView[]}} */ (await call("POST", `${path}/hints`, { number }));
    answer.hints.forEach((view) => hints[view.number - 1]?.show(view));
    reveal();
  }

  /** Those that are open, and the next. */
  function reveal() {
    const next = hints.findIndex((hint) => hint.closed);
    hints.forEach((hint, index) => hint.reveal(!hint.closed || index === next));
  }

  reveal();
}
