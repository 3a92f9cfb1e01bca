/** A quiz in the text: reads its answers from the form, puts them back, and shows what is told of each. */

import { find, icon, make } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { keysIn, setOrder, wireOrder } from "./ordering.js";
import { pointsOf } from "../workspace/sandbox_status.js";

/**
 * @typedef {import("../lib/api_types.js").SubmissionPayload} Submission
 * @typedef {import("../lib/api_types.js").Told} Told
 * @typedef {string | string[] | Record<string, string> | null} Answer null: not answered
 */

/** @param {string} html cleaned by the server @returns {HTMLElement} */
function rich(html) {
  const box = make("div", "prose");
  box.innerHTML = html;
  return box;
}

/** @param {ParentNode} root @returns {HTMLInputElement[]} */
function boxesIn(root) {
  return [...root.querySelectorAll("input")].filter((box) => ["radio", "checkbox"].includes(box.type));
}

/** @param {ParentNode} root @returns {Map<string, HTMLSelectElement>} by the left side's key */
function selectsIn(root) {
  const rows = [...root.querySelectorAll("[data-left]")];
  return new Map(rows.map((row) => [row.getAttribute("data-left") ?? "", find("select", HTMLSelectElement, row)]));
}

/** How each kind of question is answered. @type {Record<string, (root: HTMLElement) => Answer>} */
const READ = {
  single: (root) => boxesIn(root).find((box) => box.checked)?.value ?? null,
  multiple: (root) => orNothing(boxesIn(root).filter((box) => box.checked).map((box) => box.value)),
  order: (root) => ("touched" in root.dataset ? keysIn(root) : null),
  match: (root) => {
    const chosen = [...selectsIn(root)].filter(([, select]) => select.value);
    return chosen.length ? Object.fromEntries(chosen.map(([left, select]) => [left, select.value])) : null;
  },
  number: (root) => {
    const value = find("[data-value]", HTMLInputElement, root).value.trim();
    const unit = root.querySelector("select")?.value;
    return value ? { value, ...(unit && { unit }) } : null;
  },
  "short-text": (root) => find("[data-value]", HTMLInputElement, root).value.trim() || null,
};

/** How an answer is put back. @type {Record<string, (root: HTMLElement, answer: any) => void>} */
const WRITE = {
  single: (root, answer) => boxesIn(root).forEach((box) => (box.checked = box.value === answer)),
  multiple: (root, answer) => boxesIn(root).forEach((box) => (box.checked = (answer ?? []).includes(box.value))),
  order: (root, answer) => {
    if (answer) setOrder(root, answer);
    root.toggleAttribute("data-touched", Boolean(answer));
  },
  match: (root, answer) => selectsIn(root).forEach((select, left) => (select.value = answer?.[left] ?? "")),
  number: (root, answer) => {
    const unit = root.querySelector("select");
    find("[data-value]", HTMLInputElement, root).value = answer?.value ?? "";
    if (unit && answer?.unit) unit.value = answer.unit;
  },
  "short-text": (root, answer) => (find("[data-value]", HTMLInputElement, root).value = answer ?? ""),
};

/** @param {string[]} list @returns {string[] | null} */
function orNothing(list) {
  return list.length ? list : null;
}

/** @param {Told} told @param {boolean} answered @param {number} points @returns {HTMLElement} */
function verdictOf(told, answered, points) {
  const text = told.passed
    ? gettext("Right")
    : told.earned
      ? gettext("Partly right")
      : answered
        ? gettext("Not right yet")
        : gettext("Not answered");
  const mark = make("span", "result__mark", icon(told.passed ? "tick" : told.earned ? "flag" : "cross"));
  const words = make("span", "question__verdict-text", text);
  return make("p", "question__verdict", mark, words, make("span", "question__earned", pointsOf(told.earned, points)));
}

/** @param {string[]} lines HTML each @param {boolean} ordered @returns {HTMLElement} */
function solutionOf(lines, ordered) {
  const list = make(ordered ? "ol" : "ul", "question__solution prose");
  for (const line of lines) {
    const item = make("li");
    item.innerHTML = line;
    list.append(item);
  }
  return make("div", "", make("p", "question__label", gettext("The right answer")), list);
}

export class Quiz {
  #root;
  /** The submission whose answers were put into the form last. */
  #filled = "";

  /** @param {HTMLElement} root of the exercise */
  constructor(root) {
    this.#root = find("[data-quiz]", HTMLElement, root);
    for (const question of this.#questions()) {
      if (question.dataset.kind === "order") wireOrder(question);
      question.addEventListener("input", () => this.#edited(question));
    }
  }

  /** @param {HTMLElement} root of an exercise @returns {Quiz | null} */
  static in(root) {
    return root.querySelector("[data-quiz]") ? new Quiz(root) : null;
  }

  /** By question, for the API; what is not answered is left out. @returns {Record<string, Answer>} */
  answers() {
    const all = this.#questions().map((question) => [question.dataset.question, READ[question.dataset.kind ?? ""](question)]);
    return Object.fromEntries(all.filter(([, answer]) => answer !== null));
  }

  /** A graded submission: its answers, and what is told of them. @param {Submission} submission */
  show(submission) {
    const { answers = {}, feedback = {} } = submission;
    for (const question of this.#questions()) {
      const { question: id = "", kind = "" } = question.dataset;
      if (this.#filled !== submission.id) WRITE[kind](question, answers[id] ?? null);
      const result = submission.results.find(({ check }) => check === id);
      if (feedback[id] && result) this.#tell(question, feedback[id], id in answers, result.points);
    }
    this.#filled = submission.id;
  }

  /** An answer that can't be read, as the API says it. @param {string} message @returns {string} for the status line */
  refuse(message) {
    const found = message.match(/^answers\.([a-z0-9-]+): (.*)$/s);
    const question = this.#questions().find(({ dataset }) => dataset.question === found?.[1]);
    if (!found || !question) return message;
    const told = find("[data-feedback]", HTMLElement, question);
    const text = fill(gettext("This can't be an answer: %(why)s."), { why: found[2].replace(/\.$/, "") });
    told.replaceChildren(make("p", "question__refused", icon("warning"), text));
    told.hidden = false;
    question.dataset.result = "refused";
    const field = question.querySelector("input, select");
    if (field instanceof HTMLElement) field.focus();
    return text;
  }

  /** @returns {HTMLElement[]} */
  #questions() {
    return [...this.#root.querySelectorAll("[data-question]")].filter((one) => one instanceof HTMLElement);
  }

  /** What was told is not of this answer any more. @param {HTMLElement} question */
  #edited(question) {
    if (question.dataset.result) question.dataset.result = "stale";
    if (question.dataset.kind === "order") question.dataset.touched = "";
  }

  /** @param {HTMLElement} question @param {Told} told @param {boolean} answered @param {number} points */
  #tell(question, told, answered, points) {
    question.dataset.result = told.passed ? "passed" : told.earned ? "partly" : "failed";
    this.#mark(question, told);
    const parts = [verdictOf(told, answered, points)];
    for (const html of [told.message, told.explanation]) if (html) parts.push(rich(html));
    if (told.solution.length) parts.push(solutionOf(told.solution, question.dataset.kind === "order"));
    if (!told.passed && told.read) parts.push(make("p", "question__read", make("b", "", `${gettext("Read")}: `), told.read));
    const box = find("[data-feedback]", HTMLElement, question);
    box.replaceChildren(...parts);
    box.hidden = false;
  }

  /** Each option, or pair, that was chosen. @param {HTMLElement} question @param {Told} told */
  #mark(question, told) {
    for (const option of question.querySelectorAll("[data-option]")) {
      this.#markOption(option, told.marks[option.getAttribute("data-option") ?? ""]);
    }
    for (const row of question.querySelectorAll("[data-left]")) {
      const mark = told.marks[row.getAttribute("data-left") ?? ""];
      find("[data-mark]", HTMLElement, row).replaceChildren(...(mark ? [this.#sign(mark.right)] : []));
    }
  }

  /** @param {Element} option @param {{right: boolean, explanation: string} | undefined} mark */
  #markOption(option, mark) {
    const box = find("[data-option-feedback]", HTMLElement, option);
    const chosen = find("input", HTMLInputElement, option).checked;
    option.toggleAttribute("data-right", Boolean(mark?.right));
    option.toggleAttribute("data-wrong", Boolean(mark && !mark.right && chosen));
    const signed = mark && (chosen || mark.right || mark.explanation);
    find("[data-sign]", HTMLElement, option).replaceChildren(...(mark && signed ? [this.#sign(mark.right)] : []));
    box.hidden = !mark?.explanation;
    box.replaceChildren(...(mark ? [rich(mark.explanation)] : []));
  }

  /** @param {boolean} right @returns {HTMLElement} */
  #sign(right) {
    const spoken = make("span", "visually-hidden", right ? gettext("Right") : gettext("Wrong"));
    return make("span", `question__sign${right ? " question__sign--right" : ""}`, icon(right ? "tick" : "cross"), spoken);
  }
}
