/** Keep an exercise's policy up to date: attempts left, the deadline, why nothing more is taken. */

import { serverNow } from "../lib/api.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";

/** @import { ExerciseData, ExercisePolicy } from "../lib/api_types.js" */

/** @type {Intl.DateTimeFormatOptions} */
const DATE_FORMAT = {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};

/**
 * @param {Date} at
 * @returns {string} in the reader's own zone, which is named
 */
function formatDate(at) {
  const language = document.documentElement.lang || undefined;
  return new Intl.DateTimeFormat(language, DATE_FORMAT).format(at);
}

/**
 * @param {ExercisePolicy} policy
 * @param {boolean} late
 * @returns {string}
 */
function latePolicy(policy, late) {
  if (policy.late === "refuse") {
    return late ? gettext("It is closed.") : gettext("Nothing is taken after that.");
  }
  if (policy.late === "reduce") {
    return fill(gettext("Late answers lose %(percent)s % of their points."), { percent: policy.late_percent });
  }
  return late ? gettext("Late answers are still taken.") : "";
}

export class Policy {
  #root;
  #data;

  /**
   * @param {HTMLElement} root the exercise
   * @param {ExerciseData} data
   */
  constructor(root, data) {
    this.#root = root;
    this.#data = data;
  }

  get #late() {
    const { due } = this.#data.terms;
    return due !== null && serverNow() > Date.parse(due);
  }

  /** Why nothing more can be handed in; empty when it can. The server decides in the end. */
  get refusal() {
    const { terms, attempts } = this.#data;
    if (terms.attempts && !terms.trial && attempts >= terms.attempts) {
      return gettext("All attempts are used up.");
    }
    return terms.late === "refuse" && this.#late ? gettext("The deadline has passed.") : "";
  }

  show() {
    const { terms, attempts } = this.#data;
    const left = this.#root.querySelector("[data-attempts-left]");
    const count = Math.max(0, terms.attempts - attempts);
    if (left && !terms.trial)
      left.textContent = ngettext("%(count)s attempt left", "%(count)s attempts left", count);
    left?.classList.toggle("policy__item--warn", !terms.trial && count <= 1);
    const due = this.#root.querySelector("[data-due]");
    if (!due || !terms.due) return;
    const when = formatDate(new Date(terms.due));
    const deadline = this.#late ? gettext("Was due %(when)s.") : gettext("Due %(when)s.");
    due.textContent = `${fill(deadline, { when })} ${latePolicy(terms, this.#late)}`.trim();
    due.classList.toggle("policy__item--warn", this.#late);
  }
}
