/** Exercises in the text: *Check*, what holds without it, results, points and attempts. */

import { ApiError, call } from "../lib/api.js";
import { announce, find, icon, make } from "../lib/dom.js";
import { wireHints } from "./hints.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { Predictions } from "./predictions.js";
import { Quiz } from "./quiz.js";
import { gradedList, holdsAlike, liveList } from "./results.js";
import { solutionOpen, wireSolution } from "./solution.js";
import { Terms } from "./policy.js";
import { pointsIn, pointsOf } from "../workspace/sandbox_status.js";

/**
 * @typedef {import("../lib/api_types.js").ExerciseData} ExerciseData
 * @typedef {import("../lib/api_types.js").SubmissionPayload} Submission
 * @typedef {"" | "good" | "bad" | "warn"} StatusTone
 */

/** A result that takes longer than this is spoken of; after the second time *Check* may be pressed again. The platform
 * itself gives a check up after its own time limit (grading/submissions/grading.py) and says why. */
const SLOW_MS = 15_000;
const GIVE_UP_MS = 150_000;

/** What went wrong with pressing *Check*, where the page knows better than the API what to do about it.
 * @type {Record<string, string>} */
const SUBMIT_ADVICE = {
  "sandbox-not-ready": gettext("There is no running machine to look at. Start or wake it, then check again."),
  offline: gettext("Drydock can't be reached just now, so nothing was checked. Try again in a moment."),
};

/** Whether a submission is still on its way. @param {Submission} submission */
const isOpen = ({ state }) => ["queued", "collecting"].includes(state);

export class Exercise {
  root;
  #data;
  #path;
  #button;
  #changed;
  #quiz;
  #terms;
  #offerSolution;
  /** Whether the newest results are a look's, and of how many checks they said that they hold. */
  #live = false;
  #holding = 0;
  #predictions;
  /** When the page began to wait for the result, in ms. */
  #since = Date.now();
  /** What was said last. */
  #said = "";

  /** @param {HTMLElement} root @param {ExerciseData} data @param {string} lesson @param {() => void} changed */
  constructor(root, data, lesson, changed) {
    this.root = root;
    this.#data = data;
    this.#path = `exercises/${lesson}/${data.slug}`;
    this.#changed = changed;
    this.#quiz = Quiz.in(root);
    this.#button = find("[data-check]", HTMLButtonElement, root);
    this.#button.addEventListener("click", () => this.#check());
    this.#terms = new Terms(root, data);
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

  /** Whether it makes sense to have it looked at without *Check*. */
  get live() {
    return this.#data.terms.live && !this.#data.passed && !this.open && this.#terms.refusal === "";
  }

  /** The submission that is being graded, if one is. @returns {Submission | null} */
  get open() {
    const submission = this.#data.submission;
    return submission && isOpen(submission) ? submission : null;
  }

  /** Take in a submission's newest state, whichever way it came. @param {Submission} submission */
  update(submission) {
    const known = this.#data.submission;
    if (known && submission.number < known.number) return;
    if (known?.id === submission.id && !this.open && isOpen(submission)) return; // its result was quicker than the answer
    if (known?.id === submission.id && known.state === submission.state && this.open) return;
    const wasOpen = !known || known.id !== submission.id || this.open !== null;
    this.#data.submission = submission;
    if (wasOpen && submission.state === "graded") this.#count(submission);
    if (submission.state === "graded") void this.#predictions?.refresh();
    this.#show(submission);
    if (wasOpen && !this.open) announce(this.#summary(submission));
  }

  /** What holds just now. Nothing is said before something does, or while it is what the last attempt found.
   * @param {import("../lib/api_types.js").LookPayload} look */
  seen(look) {
    if (!this.live) return;
    const holding = look.results.filter((result) => result.passed).length;
    const before = this.#data.submission?.results ?? [];
    if (!this.#live && (!holding || holdsAlike(look.results, before))) return;
    const results = find("[data-results]", HTMLElement, this.root);
    results.replaceChildren(liveList(look.results, before));
    results.hidden = false;
    const text = ngettext(
      "%(holding)s of %(count)s check holds now. Nothing is handed in yet.",
      "%(holding)s of %(count)s checks hold now. Nothing is handed in yet.",
      look.results.length,
    );
    this.#say(fill(text, { holding }), "");
    if (holding > this.#holding) announce(fill(text, { holding }));
    this.#live = true;
    this.#holding = holding;
  }

  /** Asked for by HTTP, and still no result: say so, and never wait for ever. @param {boolean} reached whether there was
   * an answer at all */
  stillOpen(reached) {
    const waited = Date.now() - this.#since;
    if (waited > GIVE_UP_MS) {
      this.#busy(false);
      this.#tell(gettext("No result has come. Nothing is lost: check again, or come back later and find it here."));
    } else if (!reached) {
      this.#tell(gettext("Drydock can't be reached just now. The result is fetched as soon as it can be."));
    } else if (waited > SLOW_MS) {
      this.#busy(true, gettext("Still checking. It takes longer than usual; the result comes by itself."), true);
    }
  }

  async #check() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    if (this.#terms.refusal) return this.#refuse(this.#terms.refusal);
    this.#since = Date.now();
    this.#busy(true, gettext("Sending"));
    try {
      const body = this.#quiz ? { answers: this.#quiz.answers() } : undefined;
      const submission = /** @type {Submission} */ (await call("POST", `${this.#path}/submissions`, body));
      this.update(submission);
      if (this.open) this.#show(submission);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refused = error.code === "invalid" ? this.#quiz?.refuse(error.message) : undefined;
      this.#refuse(SUBMIT_ADVICE[error.code] ?? refused ?? error.message);
      if (error.code === "not-prepared") this.root.querySelector("[data-setup-failed]")?.removeAttribute("hidden");
      if (error.code === "prediction-missing") this.#predictions?.ask();
    }
  }

  /** Nothing was handed in. @param {string} why */
  #refuse(why) {
    this.#busy(false);
    this.#say(why, "bad", "warning");
    announce(why);
  }

  /** @param {Submission} submission */
  #count(submission) {
    this.#data.attempts += 1;
    const best = Math.max(this.#data.best, submission.score);
    this.#data.best = this.#data.terms.score === "last" ? submission.score : best;
    this.#data.passed ||= submission.passed;
    this.#showScore();
    this.#changed();
  }

  #showScore() {
    const { best, points, attempts, passed } = this.#data;
    const tries = ngettext("%(count)s attempt", "%(count)s attempts", attempts);
    const score = attempts ? `${pointsOf(best, points)} · ${tries}` : pointsIn(points);
    find("[data-score]", HTMLElement, this.root).textContent = score;
    this.root.toggleAttribute("data-passed", passed);
    this.#terms.show();
    this.#offerSolution(solutionOpen(this.#data));
  }

  /** @param {Submission} submission */
  #show(submission) {
    const results = find("[data-results]", HTMLElement, this.root);
    this.root.dataset.state = submission.state;
    if (this.open) {
      results.toggleAttribute("data-stale", true);
      const queued = submission.state === "queued";
      this.#busy(true, queued ? gettext("In the queue to be checked") : gettext("Looking at your machine"));
      return;
    }
    this.#busy(false);
    this.#live = false;
    results.removeAttribute("data-stale");
    find("[data-check-label]", HTMLElement, this.root).textContent =
      submission.state === "not_graded" ? gettext("Try again") : gettext("Check");
    if (submission.state === "not_graded") this.#say(this.#summary(submission), "warn", "warning");
    else this.#showGraded(submission, results);
  }

  /** @param {Submission} submission @param {HTMLElement} results */
  #showGraded(submission, results) {
    this.#holding = submission.results.filter((result) => result.passed).length;
    this.#quiz?.show(submission);
    const rows = submission.results.filter(({ check }) => !(check in (submission.feedback ?? {})));
    const list = gradedList({ ...submission, results: rows });
    results.replaceChildren(list);
    results.hidden = !list.childElementCount;
    if (submission.passed) this.#say(this.#summary(submission), "good", "tick");
    else this.#say(this.#summary(submission), "bad");
  }

  /** @param {Submission} submission @returns {string} */
  #summary(submission) {
    if (submission.state === "not_graded") return submission.reason || gettext("The checks could not be run. It doesn't count.");
    const passed = submission.results.filter((result) => result.passed).length;
    const total = submission.results.length;
    const points = pointsOf(submission.score, submission.points);
    if (submission.automatic) return fill(gettext("Done, and noticed without Check: %(points)s."), { points });
    if (submission.passed) return fill(gettext("Passed, %(points)s."), { points });
    const quiz = submission.results.every(({ check }) => check in (submission.feedback ?? {}));
    const text = quiz
      ? ngettext("%(passed)s of %(count)s question right, %(points)s.", "%(passed)s of %(count)s questions right, %(points)s.", total)
      : ngettext("%(passed)s of %(count)s check passed, %(points)s.", "%(passed)s of %(count)s checks passed, %(points)s.", total);
    return fill(text, { passed, points });
  }

  /** @param {boolean} busy @param {string} [text] @param {boolean} [aloud] for screen readers, too */
  #busy(busy, text = "", aloud = false) {
    this.#button.setAttribute("aria-disabled", String(busy));
    if (busy && aloud && text !== this.#said) announce(text);
    if (busy) this.#say(text, "", "spinner");
  }

  /** A warning, on the page and aloud; once while it stays the same. @param {string} text */
  #tell(text) {
    if (text === this.#said) return;
    this.#say(text, "warn", "warning");
    announce(text);
  }

  /** @param {string} text @param {StatusTone} tone @param {string} [symbol] */
  #say(text, tone, symbol) {
    const status = find("[data-status]", HTMLElement, this.root);
    if (symbol === "spinner" && text === this.#said) return;
    this.#said = text;
    status.dataset.tone = tone;
    const picture = symbol === "spinner" ? make("span", "spinner") : symbol ? icon(symbol) : "";
    status.replaceChildren(picture, make("span", "", text));
  }
}
