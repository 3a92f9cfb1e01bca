/** Open hints on the server, which has their texts; one that costs points asks first. */

import { ApiError, call } from "../lib/api.js";
import { prepareCodeBlocks } from "../lib/code_blocks.js";
import { announce, find, make } from "../lib/dom.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";

/** @import { HintPayload } from "../lib/api_types.js" */

/**
 * @param {number} cost
 * @returns {string}
 */
function costWarning(cost) {
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

  /**
   * @param {HTMLDetailsElement} root
   * @param {(number: number) => Promise<void>} open
   */
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

  /** @param {HintPayload} hint */
  show(hint) {
    if (!hint.opened || !this.closed) return;
    this.#root.toggleAttribute("data-opened", true);
    this.#body.innerHTML = hint.html; // cleaned by the server, as the task is
    prepareCodeBlocks(this.#body);
  }

  /** @param {boolean} visible */
  setVisible(visible) {
    this.#root.hidden = !visible;
  }

  #toggled() {
    if (!this.#root.open || !this.closed || this.#busy) return;
    if (this.#cost) this.#offer();
    else void this.#fetch();
  }

  /** Say what the hint costs, with a button that opens it. */
  #offer() {
    const label = ngettext(
      "Open it for %(count)s point",
      "Open it for %(count)s points",
      this.#cost,
    );
    const button = this.#fetchButton(label);
    this.#body.replaceChildren(make("p", "hint__price", costWarning(this.#cost)), button);
  }

  /**
   * @param {string} label
   * @returns {HTMLElement}
   */
  #fetchButton(label) {
    const button = make("button", "button button--small", label);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => void this.#fetch());
    return button;
  }

  async #fetch() {
    if (this.#busy) return;
    this.#busy = true;
    const text = gettext("Fetching the hint");
    this.#body.replaceChildren(make("p", "hint__wait", make("span", "spinner"), text));
    try {
      await this.#open(this.#number);
      this.#opened();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failed(error.message);
    } finally {
      this.#busy = false;
    }
  }

  /** Move the focus to the text: the button that had it is gone. */
  #opened() {
    this.#body.tabIndex = -1;
    if (this.#cost) this.#body.focus();
    announce(fill(gettext("Hint %(number)s is open."), { number: this.#number }));
  }

  /** @param {string} message */
  #failed(message) {
    const retry = this.#fetchButton(gettext("Try again"));
    this.#body.replaceChildren(make("p", "hint__fault", message), retry);
    announce(message);
  }
}

/**
 * @param {HTMLElement} root the exercise
 * @param {string} path of the exercise in the API
 */
export function wireHints(root, path) {
  const roots = root.querySelectorAll("details[data-hint]");
  const hints = /** @type {HTMLDetailsElement[]} */ ([...roots]).map(
    (details) => new Hint(details, open),
  );

  /** @param {number} number */
  async function open(number) {
    /** @type {{hints: HintPayload[]}} */
    const answer = await call("POST", `${path}/hints`, { number });
    for (const hint of answer.hints) hints[hint.number - 1]?.show(hint);
    showNext();
  }

  /** Show the hints that are open, and the next. */
  function showNext() {
    const next = hints.findIndex((hint) => hint.closed);
    hints.forEach((hint, index) => hint.setVisible(!hint.closed || index === next));
  }

  showNext();
}
