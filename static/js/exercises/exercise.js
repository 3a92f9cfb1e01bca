/** Run an exercise in the text: *Check*, what holds without it, results, points and attempts. */

import { ApiError, call } from "../lib/api.js";
import { announce, find, icon, make } from "../lib/dom.js";
import { pointsIn, pointsOf } from "../lib/format.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { wireHints } from "./hints.js";
import { Policy } from "./policy.js";
import { Predictions } from "./predictions.js";
import { Quiz } from "./quiz.js";
import { autoCheckList, gradedList, sameFindings } from "./results.js";
import { isSolutionOpen, wireSolution } from "./solution.js";

/**
 * @import { AutoCheckPayload, ExerciseData, SubmissionPayload } from "../lib/api_types.js"
 * @typedef {"" | "good" | "bad" | "warn"} StatusTone
 */

/**
 * After SLOW_MS the status line says that the result takes long; after GIVE_UP_MS *Check* may be
 * pressed again. The platform gives up after its own time limit (grading/submissions/recovery.py) and says why.
 */
const SLOW_MS = 15_000;
const GIVE_UP_MS = 150_000;

/**
 * What to do after *Check* was refused, where the page knows better than the API; by error code.
 *
 * @type {Record<string, string>}
 */
const SUBMIT_ADVICE = {
  "sandbox-not-ready": gettext("No machine is running. Start it or wake it up, then check again."),
  offline: gettext(
    "Drydock can't be reached just now, so nothing was checked. Try again in a moment.",
  ),
};

/** @param {SubmissionPayload} submission */
const isOpen = ({ state }) => ["queued", "collecting"].includes(state);

/**
 * What the button says until the result is there.
 *
 * @param {SubmissionPayload} submission
 */
function progressOf({ state, queue }) {
  if (state !== "queued") return gettext("Looking at your machine");
  const place = queue?.place ?? 1;
  if (place === 1) return gettext("Next to be checked");
  return fill(gettext("Number %(place)s in the queue"), { place });
}

/** @param {{passed: boolean}[]} results */
const countPassed = (results) => results.filter(({ passed }) => passed).length;

export class Exercise {
  root;
  #data;
  #path;
  #button;
  #changed;
  #quiz;
  #policy;
  #offerSolution;
  /** Whether the results on the page come from an auto-check, and how many checks held then. */
  #autoChecked = false;
  #holding = 0;
  #predictions;
  /** When the page began to wait for the result, in ms. */
  #since = Date.now();
  #statusText = "";

  /**
   * @param {HTMLElement} root
   * @param {ExerciseData} data
   * @param {string} lesson "course/lesson"
   * @param {() => void} changed called when an attempt has been graded
   */
  constructor(root, data, lesson, changed) {
    this.root = root;
    this.#data = data;
    this.#path = `exercises/${lesson}/${data.slug}`;
    this.#changed = changed;
    this.#quiz = Quiz.in(root);
    this.#button = find("[data-check]", HTMLButtonElement, root);
    this.#button.addEventListener("click", () => this.#check());
    this.#policy = new Policy(root, data);
    this.#offerSolution = wireSolution(root, this.#path);
    wireHints(root, this.#path);
    this.#predictions = data.predictions.length ? new Predictions(root, data, lesson) : null;
    this.#showScore();
    if (data.submission) this.#show(data.submission);
  }

  get passed() {
    return this.#data.passed;
  }

  get slug() {
    return this.#data.slug;
  }

  get machine() {
    return this.#data.machine;
  }

  /** Whether an auto-check makes sense. */
  get autoCheckable() {
    const { terms, passed } = this.#data;
    return terms.live && !passed && !this.open && this.#policy.refusal === "";
  }

  /**
   * The submission that is being graded, if any.
   *
   * @returns {SubmissionPayload | null}
   */
  get open() {
    const { submission } = this.#data;
    return submission && isOpen(submission) ? submission : null;
  }

  /**
   * Take in a submission's newest state, whichever way it came.
   *
   * @param {SubmissionPayload} submission
   */
  update(submission) {
    const known = this.#data.submission;
    if (known && submission.number < known.number) return;
    const same = known?.id === submission.id;
    if (same && !this.open && isOpen(submission)) return; // its result was quicker than the answer
    if (same && known.state === submission.state && this.open) return;
    const wasOpen = !same || this.open !== null;
    this.#data.submission = submission;
    if (submission.state === "graded") {
      if (wasOpen) this.#count(submission);
      else this.#correct(submission);
    }
    if (submission.state === "graded") void this.#predictions?.refresh();
    this.#show(submission);
    if (wasOpen && !this.open) announce(this.#summary(submission));
  }

  /**
   * Show what holds at the moment, once that is news: after an attempt when something else is found
   * than then, before the first one when some check holds.
   *
   * @param {AutoCheckPayload} autoCheck
   */
  showAutoCheck(autoCheck) {
    if (!this.autoCheckable) return;
    const holding = countPassed(autoCheck.results);
    const before = this.#data.submission?.results ?? [];
    const news = before.length ? !sameFindings(autoCheck.results, before) : holding > 0;
    if (!this.#autoChecked && !news) return;
    const results = find("[data-results]", HTMLElement, this.root);
    results.replaceChildren(autoCheckList(autoCheck.results, before));
    results.hidden = false;
    const text = ngettext(
      "%(holding)s of %(count)s check holds now. Nothing is handed in yet.",
      "%(holding)s of %(count)s checks hold now. Nothing is handed in yet.",
      autoCheck.results.length,
    );
    this.#setStatus(fill(text, { holding }), "");
    if (holding > this.#holding) announce(fill(text, { holding }));
    this.#autoChecked = true;
    this.#holding = holding;
  }

  /**
   * Say that a result which was asked for by HTTP is still missing, and never wait for ever.
   *
   * @param {boolean} reached whether the server answered at all
   */
  stillOpen(reached) {
    if (reached && this.open?.state === "queued") return; // it says its place
    const waited = Date.now() - this.#since;
    if (waited > GIVE_UP_MS) {
      this.#setBusy(false);
      this.#warn(
        gettext(
          "No result has come. Nothing is lost: check again, or come back later and find it here.",
        ),
      );
    } else if (!reached) {
      this.#warn(
        gettext("Drydock can't be reached just now. The result is fetched as soon as it can be."),
      );
    } else if (waited > SLOW_MS) {
      const text = gettext(
        "Still checking. It takes longer than usual; the result comes by itself.",
      );
      this.#setBusy(true, text, true);
    }
  }

  async #check() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    if (this.#policy.refusal) return this.#refuse(this.#policy.refusal);
    this.#since = Date.now();
    this.#setBusy(true, gettext("Sending"));
    try {
      const body = this.#quiz ? { answers: this.#quiz.answers() } : undefined;
      /** @type {SubmissionPayload} */
      const submission = await call("POST", `${this.#path}/submissions`, body);
      this.update(submission);
      if (this.open) this.#show(submission);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const invalid = error.code === "invalid" ? this.#quiz?.refuse(error.message) : undefined;
      this.#refuse(SUBMIT_ADVICE[error.code] ?? invalid ?? error.message);
      const setupNotice = this.root.querySelector("[data-setup-failed]");
      if (error.code === "not-prepared") setupNotice?.removeAttribute("hidden");
      if (error.code === "prediction-missing") this.#predictions?.focusMissing();
    }
  }

  /**
   * Say why nothing was handed in.
   *
   * @param {string} why
   */
  #refuse(why) {
    this.#setBusy(false);
    this.#setStatus(why, "bad", "warning");
    announce(why);
  }

  /** @param {SubmissionPayload} submission */
  #count(submission) {
    this.#data.attempts += 1;
    const best = Math.max(this.#data.best, submission.score);
    this.#data.best = this.#data.terms.score === "last" ? submission.score : best;
    this.#data.passed ||= submission.passed;
    this.#showScore();
    this.#changed();
  }

  /**
   * Take over a score that was corrected: which attempt is the best the page knows only of one.
   *
   * @param {SubmissionPayload} submission
   */
  #correct({ score, passed }) {
    const { attempts, best, terms } = this.#data;
    const counts = attempts <= 1 || terms.score === "last";
    this.#data.best = counts ? score : Math.max(best, score);
    this.#data.passed = counts && attempts <= 1 ? passed : this.#data.passed || passed;
    this.#showScore();
    this.#changed();
  }

  #showScore() {
    const { best, points, attempts, passed } = this.#data;
    const tries = ngettext("%(count)s attempt", "%(count)s attempts", attempts);
    const trials = ngettext("%(count)s trial", "%(count)s trials", attempts);
    const count = this.#data.terms.trial ? trials : tries;
    const score = attempts ? `${pointsOf(best, points)} · ${count}` : pointsIn(points);
    find("[data-score]", HTMLElement, this.root).textContent = score;
    this.root.toggleAttribute("data-passed", passed);
    this.#policy.show();
    this.#offerSolution(isSolutionOpen(this.#data));
  }

  /** @param {SubmissionPayload} submission */
  #show(submission) {
    const results = find("[data-results]", HTMLElement, this.root);
    this.root.dataset.state = submission.state;
    if (this.open) {
      results.toggleAttribute("data-stale", true);
      this.#setBusy(true, progressOf(submission));
      return;
    }
    this.#setBusy(false);
    this.#autoChecked = false;
    results.removeAttribute("data-stale");
    const failed = submission.state === "not_graded";
    const label = find("[data-check-label]", HTMLElement, this.root);
    label.textContent = failed ? gettext("Try again") : gettext("Check");
    if (failed) this.#setStatus(this.#summary(submission), "warn", "warning");
    else this.#showGraded(submission, results);
  }

  /**
   * @param {SubmissionPayload} submission
   * @param {HTMLElement} results
   */
  #showGraded(submission, results) {
    this.#holding = countPassed(submission.results);
    this.#quiz?.show(submission);
    const feedback = submission.feedback ?? {};
    const rows = submission.results.filter(({ check }) => !(check in feedback));
    const list = gradedList({ ...submission, results: rows });
    results.replaceChildren(list);
    results.hidden = !list.childElementCount;
    if (submission.passed) this.#setStatus(this.#summary(submission), "good", "tick");
    else this.#setStatus(this.#summary(submission), "bad");
  }

  /**
   * @param {SubmissionPayload} submission
   * @returns {string}
   */
  #summary(submission) {
    const { results } = submission;
    const feedback = submission.feedback ?? {};
    if (submission.state === "not_graded") {
      return submission.reason || gettext("The checks could not be run. It doesn't count.");
    }
    const points = pointsOf(submission.score, submission.points);
    if (submission.override) {
      const text = submission.passed
        ? gettext("Passed, %(points)s: set by your instructor.")
        : gettext("%(points)s: set by your instructor.");
      return fill(text, { points });
    }
    if (submission.automatic) {
      return fill(gettext("Passed without pressing Check: %(points)s."), { points });
    }
    if (submission.passed) return fill(gettext("Passed, %(points)s."), { points });
    const text = results.every(({ check }) => check in feedback)
      ? ngettext(
          "%(passed)s of %(count)s question right, %(points)s.",
          "%(passed)s of %(count)s questions right, %(points)s.",
          results.length,
        )
      : ngettext(
          "%(passed)s of %(count)s check passed, %(points)s.",
          "%(passed)s of %(count)s checks passed, %(points)s.",
          results.length,
        );
    return fill(text, { passed: countPassed(results), points });
  }

  /**
   * @param {boolean} busy
   * @param {string} [text]
   * @param {boolean} [aloud] for screen readers, too
   */
  #setBusy(busy, text = "", aloud = false) {
    this.#button.setAttribute("aria-disabled", String(busy));
    if (busy && aloud && text !== this.#statusText) announce(text);
    if (busy) this.#setStatus(text, "", "spinner");
  }

  /**
   * Warn on the page and aloud; once while the warning stays the same.
   *
   * @param {string} text
   */
  #warn(text) {
    if (text === this.#statusText) return;
    this.#setStatus(text, "warn", "warning");
    announce(text);
  }

  /**
   * @param {string} text
   * @param {StatusTone} tone
   * @param {string} [symbol] an icon's name, or "spinner"
   */
  #setStatus(text, tone, symbol) {
    const status = find("[data-status]", HTMLElement, this.root);
    if (symbol === "spinner" && text === this.#statusText) return;
    this.#statusText = text;
    status.dataset.tone = tone;
    const picture = symbol === "spinner" ? make("span", "spinner") : symbol ? icon(symbol) : "";
    status.replaceChildren(picture, make("span", "", text));
  }
}
