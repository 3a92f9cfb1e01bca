/** Ask something at the foot of the panel: a name, or which of a few answers. */

import { make } from "../../lib/dom.js";
import { gettext } from "../../lib/i18n.js";

/**
 * @typedef {object} Question
 * @property {string} text
 * @property {string} [value] of a field to type into; without it there is none
 * @property {string} [label] of the field
 * @property {(value: string) => string} [check] says what is wrong with what is typed, or ""
 * @property {{name: string, label: string, style?: string}[]} answers the first is Enter's
 */

export class Ask {
  #root;
  /** @type {((answer: {name: string, value: string} | null) => void) | null} */
  #settle = null;

  /** @param {HTMLElement} root an empty element, hidden while nothing is asked */
  constructor(root) {
    this.#root = root;
    root.hidden = true;
  }

  /**
   * @param {Question} question
   * @returns {Promise<{name: string, value: string} | null>} null when it was cancelled
   */
  ask({ text, value, label, check, answers }) {
    this.cancel();
    const before = document.activeElement;
    const form = /** @type {HTMLFormElement} */ (make("form", "ask"));
    form.noValidate = true;
    const input = /** @type {HTMLInputElement} */ (make("input", "ask__field"));
    const fault = make("p", "ask__fault");
    fault.setAttribute("role", "alert");
    form.append(make("p", "ask__text", text));
    if (value !== undefined) {
      input.value = value;
      input.spellcheck = false;
      input.autocapitalize = "off";
      input.setAttribute("aria-label", label ?? text);
      form.append(input);
    }
    const buttons = make("div", "ask__buttons");
    for (const [index, answer] of answers.entries()) {
      const style = answer.style ?? (index ? "button--quiet" : "");
      const button = make("button", `button button--small ${style}`, answer.label);
      button.setAttribute("type", index ? "button" : "submit");
      if (index) button.addEventListener("click", () => this.#answer(answer.name, input.value));
      buttons.append(button);
    }
    const cancel = make("button", "button button--small button--bare", gettext("Cancel"));
    cancel.setAttribute("type", "button");
    cancel.addEventListener("click", () => this.cancel());
    buttons.append(cancel);
    form.append(buttons, fault);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const problem = value === undefined ? "" : (check?.(input.value) ?? "");
      fault.textContent = problem;
      if (!problem) this.#answer(answers[0].name, input.value);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.cancel();
    });
    form.setAttribute("role", "group");
    form.setAttribute("aria-label", text);
    this.#root.replaceChildren(form);
    this.#root.hidden = false;
    if (value === undefined) /** @type {HTMLElement} */ (buttons.firstElementChild).focus();
    else {
      input.focus();
      const dot = value.lastIndexOf(".");
      input.setSelectionRange(0, dot > 0 ? dot : value.length);
    }
    return new Promise((resolve) => {
      this.#settle = (answer) => {
        this.#settle = null;
        const inside = this.#root.contains(document.activeElement);
        this.#root.replaceChildren();
        this.#root.hidden = true;
        if (inside && before instanceof HTMLElement) before.focus();
        resolve(answer);
      };
    });
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #answer(name, value) {
    this.#settle?.({ name, value });
  }

  /** Take the question back. */
  cancel() {
    this.#settle?.(null);
  }
}
