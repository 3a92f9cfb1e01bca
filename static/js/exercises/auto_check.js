/** Exercises tick as the task is done: when something has happened in a machine, the page has the exercise looked at
 * (grading/submissions/auto_check.py). One at a time, no more often than the server allows, never in a hidden tab, and only what the
 * student has in view or is to do next. */

import { call } from "../lib/api.js";
import { CHANGED, wanted } from "./auto_check_switch.js";

/** Engines say several things at once; a look waits until they have been silent for so long. */
export const CALM_MS = 700;
/** After an error, and while nobody can say when to ask again. */
const LATER_MS = 10_000;

/**
 * @typedef {import("./exercise.js").Exercise} Exercise
 * @typedef {{queued: boolean, reason: string, retry_after: number}} LookAnswer
 */

export class Live {
  /** Exercises in whose machine something happened since they were last looked at. @type {Set<Exercise>} */
  #due = new Set();
  /** @type {Set<Exercise>} */
  #inView = new Set();
  #asking = false;
  /** When the server may be asked again, in ms. */
  #notBefore = 0;
  /** @type {number | undefined} */
  #timer;
  #exercises;
  #lesson;
  #ask;

  /** @param {Exercise[]} exercises in reading order @param {string} lesson "course/lesson"
   * @param {(path: string) => Promise<LookAnswer>} [ask] */
  constructor(exercises, lesson, ask = (path) => call("POST", path)) {
    this.#exercises = exercises;
    this.#lesson = lesson;
    this.#ask = ask;
  }

  /** Listen to the page. @param {HTMLElement} bench where the terminals are */
  wire(bench) {
    document.addEventListener("machine-activity", (event) => this.happened(/** @type {CustomEvent} */ (event).detail.name));
    bench.addEventListener("terminal-settled", (event) => this.happened(/** @type {CustomEvent} */ (event).detail.machine));
    document.addEventListener("visibilitychange", () => this.#soon(CALM_MS));
    window.addEventListener(CHANGED, () => this.#soon(CALM_MS));
    const observer = new IntersectionObserver((entries) => this.#seen(entries));
    for (const exercise of this.#exercises) observer.observe(exercise.root);
  }

  /** @param {string} machine in which something happened */
  happened(machine) {
    for (const exercise of this.#exercises) if (exercise.machine === machine && exercise.live) this.#due.add(exercise);
    this.#soon(CALM_MS);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const exercise = this.#exercises.find(({ root }) => root === target);
      if (exercise && isIntersecting) this.#inView.add(exercise);
      else if (exercise) this.#inView.delete(exercise);
    }
    this.#soon(CALM_MS);
  }

  /** @param {number} ms */
  #soon(ms) {
    if (!this.#due.size) return;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#next(), Math.max(ms, this.#notBefore - Date.now()));
  }

  /** Of those that are due: one in view, else the first that is still to be done. @returns {Exercise | undefined} */
  #choose() {
    const open = this.#exercises.filter((exercise) => exercise.live);
    return open.find((one) => this.#due.has(one) && (this.#inView.has(one) || one === open[0]));
  }

  async #next() {
    const exercise = this.#choose();
    if (!exercise || this.#asking || document.hidden || !wanted()) return;
    this.#asking = true;
    this.#due.delete(exercise);
    const path = `exercises/${this.#lesson}/${exercise.slug}/looks`;
    const answer = await this.#ask(path).catch(() => ({ queued: false, retry_after: LATER_MS / 1000 }));
    this.#asking = false;
    if (!answer.queued && answer.retry_after) this.#due.add(exercise);
    this.#notBefore = Date.now() + answer.retry_after * 1000;
    this.#soon(0);
  }
}
