/** An exercise's terms, kept up to date while the page is open: attempts left, the deadline, and why nothing more can be
 * handed in. */

import { serverNow } from "../lib/api.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";

/** @param {Date} at @returns {string} in the reader's own zone, which is named */
function moment(at) {
  const format = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
  const options = /** @type {Intl.DateTimeFormatOptions} */ ({ ...format, timeZoneName: "short" });
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, options).format(at);
}

/** @param {import("../lib/api_types.js").Terms} terms @param {boolean} late @returns {string} */
function policy({ late: policy, late_percent: percent }, late) {
  if (policy === "refuse") return late ? gettext("It takes nothing any more.") : gettext("Nothing is taken after that.");
  if (policy === "reduce") return fill(gettext("Late answers lose %(percent)s %."), { percent });
  return late ? gettext("Late answers are still taken.") : "";
}

export class Terms {
  #root;
  #data;

  /** @param {HTMLElement} root the exercise @param {import("../lib/api_types.js").ExerciseData} data */
  constructor(root, data) {
    this.#root = root;
    this.#data = data;
  }

  get #late() {
    const { due } = this.#data.terms;
    return due !== null && serverNow() > Date.parse(due);
  }

  /** Why nothing more can be handed in; empty when it can. The server has the last word. */
  get refusal() {
    const { terms, attempts } = this.#data;
    if (terms.attempts && attempts >= terms.attempts) return gettext("All attempts are used up.");
    return terms.late === "refuse" && this.#late ? gettext("The deadline has passed.") : "";
  }

  show() {
    const { terms, attempts } = this.#data;
    const left = this.#root.querySelector("[data-attempts-left]");
    const count = Math.max(0, terms.attempts - attempts);
    if (left) left.textContent = ngettext("%(count)s attempt left", "%(count)s attempts left", count);
    left?.classList.toggle("policy__item--warn", count <= 1);
    const due = this.#root.querySelector("[data-due]");
    if (!due || !terms.due) return;
    const when = moment(new Date(terms.due));
    const said = this.#late ? gettext("Was due %(when)s.") : gettext("Due %(when)s.");
    due.textContent = `${fill(said, { when })} ${policy(terms, this.#late)}`.trim();
    due.classList.toggle("policy__item--warn", this.#late);
  }
}
