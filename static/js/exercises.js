/** Exercises in the text: hints one by one, *Check*, results, points and attempts. */

import { ApiError, call } from "./api.js";
import { announce, find, icon, make } from "./dom.js";
import { count } from "./words.js";

/**
 * @typedef {import("./types.js").ExerciseData} ExerciseData
 * @typedef {import("./types.js").SubmissionPayload} Submission
 * @typedef {import("./types.js").CheckResult} CheckResult
 * @typedef {"" | "good" | "bad" | "warn"} StatusTone
 */

/** What went wrong with pressing *Check*, where the page knows better than the API what to do about it.
 * @type {Record<string, string>} */
const SUBMIT_ADVICE = {
  "sandbox-not-ready": "There is no running machine to look at. Start or wake it, then check again.",
  offline: "Drydock can't be reached just now, so nothing was checked. Try again in a moment.",
};

/** An author's or a judge's words, in which `this` is code. @param {string} text @returns {HTMLElement} */
function words(text) {
  const pieces = text.split("`").map((piece, index) => (index % 2 ? make("code", "", piece) : piece));
  return make("span", "", ...pieces);
}

/** A judge's phrase at the start of a line: "a text" becomes "A text". @param {string} phrase */
function sentence(phrase) {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

/** @param {string} term @param {string | Node} value @returns {Node[]} */
function entry(term, value) {
  return [make("dt", "", term), make("dd", "", value)];
}

/** @param {string | Node} content @returns {HTMLElement} */
function value(content) {
  return make("span", "result__value", content);
}

/** One check's row. @param {CheckResult} result @returns {HTMLElement} */
function resultRow(result) {
  const mark = make("span", "result__mark", icon(result.passed ? "tick" : "cross"));
  const spoken = make("span", "visually-hidden", result.passed ? "Passed: " : "Failed: ");
  const message = make("p", "result__message", spoken, words(result.passed ? sentence(result.expected) : result.message));
  const points = make("p", "result__points", `${result.earned} of ${count(result.points, "point")}`);
  const row = make("li", `result${result.passed ? " result--passed" : ""}`, mark, message, points);
  if (!result.passed) row.append(detailOf(result));
  return row;
}

/** @param {CheckResult} result @returns {HTMLElement} */
function detailOf(result) {
  const detail = make("dl", "result__detail");
  if (result.expected) detail.append(...entry("Expected", value(words(result.expected))));
  detail.append(...entry("Found", value(result.found || "(nothing)")));
  if (result.read) detail.append(...entry("Read", words(result.read)));
  return detail;
}

/** Each hint appears once the one before it has been opened. @param {HTMLElement} root */
function wireHints(root) {
  const hints = [...root.querySelectorAll("details[data-hint]")];
  hints.forEach((hint, index) =>
    hint.addEventListener("toggle", () => hints[index + 1]?.removeAttribute("hidden"), { once: true }),
  );
}

export class Exercise {
  #data;
  #root;
  #lesson;
  #button;
  #changed;

  /** @param {HTMLElement} root @param {ExerciseData} data @param {string} lesson @param {() => void} changed */
  constructor(root, data, lesson, changed) {
    this.#root = root;
    this.#data = data;
    this.#lesson = lesson;
    this.#changed = changed;
    this.#button = find("[data-check]", HTMLButtonElement, root);
    this.#button.addEventListener("click", () => this.#check());
    wireHints(root);
    this.#showScore();
    if (data.submission) this.#show(data.submission);
  }

  get passed() {
    return this.#data.passed;
  }

  /** The submission that is being graded, if one is. @returns {Submission | null} */
  get open() {
    const submission = this.#data.submission;
    return submission && ["queued", "collecting"].includes(submission.state) ? submission : null;
  }

  /** Take in a submission's newest state, whichever way it came. @param {Submission} submission */
  update(submission) {
    const known = this.#data.submission;
    if (known && submission.number < known.number) return;
    const wasOpen = !known || known.id !== submission.id || this.open !== null;
    this.#data.submission = submission;
    if (wasOpen && submission.state === "graded") this.#count(submission);
    this.#show(submission);
    if (wasOpen && !this.open) announce(this.#summary(submission));
  }

  async #check() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    this.#busy(true, "Sending");
    try {
      const path = `exercises/${this.#lesson}/${this.#data.slug}/submissions`;
      this.update(/** @type {Submission} */ (await call("POST", path)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#busy(false);
      this.#say(SUBMIT_ADVICE[error.code] ?? error.message, "bad", "warning");
      announce(SUBMIT_ADVICE[error.code] ?? error.message);
    }
  }

  /** @param {Submission} submission */
  #count(submission) {
    this.#data.attempts += 1;
    this.#data.best = Math.max(this.#data.best, submission.score);
    this.#data.passed ||= submission.passed;
    this.#showScore();
    this.#changed();
  }

  #showScore() {
    const { best, points, attempts, passed } = this.#data;
    const score = attempts ? `${best} of ${count(points, "point")} · ${count(attempts, "attempt")}` : count(points, "point");
    find("[data-score]", HTMLElement, this.#root).textContent = score;
    this.#root.toggleAttribute("data-passed", passed);
  }

  /** @param {Submission} submission */
  #show(submission) {
    const results = find("[data-results]", HTMLElement, this.#root);
    this.#root.dataset.state = submission.state;
    if (this.open) {
      results.toggleAttribute("data-stale", true);
      this.#busy(true, submission.state === "queued" ? "In the queue to be checked" : "Looking at your machine");
      return;
    }
    this.#busy(false);
    results.removeAttribute("data-stale");
    if (submission.state === "not_graded") this.#say(this.#summary(submission), "warn", "warning");
    else this.#showGraded(submission, results);
  }

  /** @param {Submission} submission @param {HTMLElement} results */
  #showGraded(submission, results) {
    const list = make("ul", "results__list", ...submission.results.map(resultRow));
    list.setAttribute("aria-label", "What each check found");
    results.replaceChildren(list);
    results.hidden = submission.results.length === 0;
    if (submission.passed) this.#say(this.#summary(submission), "good", "tick");
    else this.#say(this.#summary(submission), "bad");
  }

  /** @param {Submission} submission @returns {string} */
  #summary(submission) {
    if (submission.state === "not_graded") return submission.reason || "The checks could not be run. It doesn't count.";
    const passed = submission.results.filter((result) => result.passed).length;
    const total = submission.results.length;
    const points = `${submission.score} of ${count(submission.points, "point")}`;
    if (submission.passed) return `Passed, ${points}.`;
    return `${passed} of ${count(total, "check")} passed, ${points}.`;
  }

  /** @param {boolean} busy @param {string} [text] */
  #busy(busy, text = "") {
    this.#button.setAttribute("aria-disabled", String(busy));
    if (busy) this.#say(text, "", "spinner");
  }

  /** @param {string} text @param {StatusTone} tone @param {string} [symbol] */
  #say(text, tone, symbol) {
    const status = find("[data-status]", HTMLElement, this.#root);
    status.dataset.tone = tone;
    const picture = symbol === "spinner" ? make("span", "spinner") : symbol ? icon(symbol) : "";
    status.replaceChildren(picture, make("span", "", text));
  }
}
