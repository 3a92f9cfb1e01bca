/** Run a quiz in the text: read answers from its form, put them back, show the feedback on each. */

import { find, icon, make } from "../lib/dom.js";
import { pointsOf } from "../lib/format.js";
import { fill, gettext } from "../lib/i18n.js";
import { controlOf } from "./controls.js";
import { reading } from "./reading.js";

/**
 * @import { AnswerFeedback, SubmissionPayload } from "../lib/api_types.js"
 * @import { QuizAnswer } from "./controls.js"
 */

/**
 * @param {string} html cleaned by the server
 * @returns {HTMLElement}
 */
function rich(html) {
  const box = make("div", "prose");
  box.innerHTML = html;
  return box;
}

/**
 * @param {AnswerFeedback} feedback
 * @param {boolean} answered
 * @returns {string}
 */
function verdictText(feedback, answered) {
  if (feedback.passed) return gettext("Right");
  if (feedback.earned) return gettext("Partly right");
  return answered ? gettext("Not right yet") : gettext("Not answered");
}

/**
 * @param {AnswerFeedback} feedback
 * @param {boolean} answered
 * @param {number} points
 * @returns {HTMLElement}
 */
function verdictOf(feedback, answered, points) {
  const symbol = feedback.passed ? "tick" : feedback.earned ? "flag" : "cross";
  return make(
    "p",
    "question__verdict",
    make("span", "result__mark", icon(symbol)),
    make("span", "question__verdict-text", verdictText(feedback, answered)),
    make("span", "question__earned", pointsOf(feedback.earned, points)),
  );
}

/**
 * @param {string[]} lines HTML each
 * @param {boolean} ordered
 * @returns {HTMLElement}
 */
function solutionOf(lines, ordered) {
  const list = make(ordered ? "ol" : "ul", "question__solution prose");
  for (const line of lines) {
    const item = make("li");
    item.innerHTML = line;
    list.append(item);
  }
  return make("div", "", make("p", "question__label", gettext("The right answer")), list);
}

/**
 * @param {boolean} right
 * @returns {HTMLElement}
 */
function signOf(right) {
  const spoken = make("span", "visually-hidden", right ? gettext("Right") : gettext("Wrong"));
  const className = right ? "question__sign question__sign--right" : "question__sign";
  return make("span", className, icon(right ? "tick" : "cross"), spoken);
}

/**
 * @param {Element} option
 * @param {{right: boolean, explanation: string} | undefined} mark
 */
function markOption(option, mark) {
  const explanation = find("[data-option-feedback]", HTMLElement, option);
  const chosen = find("input", HTMLInputElement, option).checked;
  option.toggleAttribute("data-right", Boolean(mark?.right));
  option.toggleAttribute("data-wrong", Boolean(mark && !mark.right && chosen));
  const signed = mark && (chosen || mark.right || mark.explanation);
  const sign = find("[data-sign]", HTMLElement, option);
  sign.replaceChildren(...(signed ? [signOf(mark.right)] : []));
  explanation.hidden = !mark?.explanation;
  explanation.replaceChildren(...(mark ? [rich(mark.explanation)] : []));
}

/**
 * Mark each option, or pair, that was chosen.
 *
 * @param {HTMLElement} question
 * @param {AnswerFeedback} feedback
 */
function markChoices(question, { marks }) {
  for (const option of question.querySelectorAll("[data-option]")) {
    markOption(option, marks[option.getAttribute("data-option") ?? ""]);
  }
  for (const row of question.querySelectorAll("[data-left]")) {
    const mark = marks[row.getAttribute("data-left") ?? ""];
    find("[data-mark]", HTMLElement, row).replaceChildren(...(mark ? [signOf(mark.right)] : []));
  }
}

export class Quiz {
  #root;
  /** The submission whose answers were put into the form last. */
  #restored = "";

  /** @param {HTMLElement} root of the exercise */
  constructor(root) {
    this.#root = find("[data-quiz]", HTMLElement, root);
    for (const question of this.#questions()) {
      controlOf(question).wire?.(question);
      question.addEventListener("input", () => this.#edited(question));
    }
  }

  /**
   * @param {HTMLElement} root of an exercise
   * @returns {Quiz | null}
   */
  static in(root) {
    return root.querySelector("[data-quiz]") ? new Quiz(root) : null;
  }

  /**
   * Collect the answers by question, for the API; those not answered are left out.
   *
   * @returns {Record<string, QuizAnswer>}
   */
  answers() {
    const all = this.#questions().map((question) => {
      return [question.dataset.question, controlOf(question).readAnswer(question)];
    });
    return Object.fromEntries(all.filter(([, answer]) => answer !== null));
  }

  /**
   * Show a graded submission: its answers, and the feedback on each.
   *
   * @param {SubmissionPayload} submission
   */
  show(submission) {
    const { answers = {}, feedback = {} } = submission;
    for (const question of this.#questions()) {
      const { question: id = "" } = question.dataset;
      const isRestored = this.#restored === submission.id;
      if (!isRestored) controlOf(question).writeAnswer(question, answers[id] ?? null);
      const result = submission.results.find(({ check }) => check === id);
      if (feedback[id] && result) {
        this.#showFeedback(question, feedback[id], id in answers, result.points);
      }
    }
    this.#restored = submission.id;
  }

  /**
   * Show an answer that can't be read at its question.
   *
   * @param {string} message as the API words it
   * @returns {string} for the status line
   */
  refuse(message) {
    const [, id, why] = message.match(/^answers\.([a-z0-9-]+): (.*)$/s) ?? [];
    const question = this.#questions().find(({ dataset }) => dataset.question === id);
    if (id === undefined || !question) return message;
    const text = fill(gettext("Please answer this one again: %(why)s."), {
      why: why.replace(/\.$/, ""),
    });
    const box = find("[data-feedback]", HTMLElement, question);
    box.replaceChildren(make("p", "question__refused", icon("warning"), text));
    box.hidden = false;
    question.dataset.result = "refused";
    const field = question.querySelector("input, select");
    if (field instanceof HTMLElement) field.focus();
    return text;
  }

  /** @returns {HTMLElement[]} */
  #questions() {
    const questions = [...this.#root.querySelectorAll("[data-question]")];
    return questions.filter((question) => question instanceof HTMLElement);
  }

  /**
   * Note that the feedback is on an earlier answer.
   *
   * @param {HTMLElement} question
   */
  #edited(question) {
    if (question.dataset.result) question.dataset.result = "stale";
    controlOf(question).edited?.(question);
  }

  /**
   * @param {HTMLElement} question
   * @param {AnswerFeedback} feedback
   * @param {boolean} answered
   * @param {number} points
   */
  #showFeedback(question, feedback, answered, points) {
    const { passed, earned, message, explanation, solution, read } = feedback;
    question.dataset.result = passed ? "passed" : earned ? "partly" : "failed";
    markChoices(question, feedback);
    const parts = [verdictOf(feedback, answered, points)];
    for (const html of [message, explanation]) if (html) parts.push(rich(html));
    const { orderedSolution = false } = controlOf(question);
    if (solution.length) parts.push(solutionOf(solution, orderedSolution));
    if (!passed && read) {
      const again = reading(read);
      parts.push(make("p", "question__read", make("b", "", `${gettext("Read")}: `), again));
    }
    const box = find("[data-feedback]", HTMLElement, question);
    box.replaceChildren(...parts);
    box.hidden = false;
  }
}
