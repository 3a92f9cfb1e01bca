/**
 * Tick exercises as their tasks are done: when something has happened in a machine, ask the server
 * to check what holds (grading/submissions/auto_check.py). One exercise at a time, no more often than the server
 * allows, never in a hidden tab, and only what the student has in view or is to do next.
 */

import { call } from "../lib/api.js";
import { CHANGED, isAutoCheckOn } from "./auto_check_switch.js";

/** Engines report several events at once; an auto-check waits until they have been silent. */
export const CALM_MS = 700;
/** How long to wait after an error, when the server doesn't say. */
const RETRY_MS = 10_000;

/**
 * @import { Exercise } from "./exercise.js"
 * @typedef {{queued: boolean, reason: string, retry_after: number}} AutoCheckReply
 */

export class AutoCheck {
  /**
   * Exercises in whose machine something happened since they were last checked.
   *
   * @type {Set<Exercise>}
   */
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

  /**
   * @param {Exercise[]} exercises in reading order
   * @param {string} lesson "course/lesson"
   * @param {(path: string) => Promise<AutoCheckReply>} [ask]
   */
  constructor(exercises, lesson, ask = (path) => call("POST", path)) {
    this.#exercises = exercises;
    this.#lesson = lesson;
    this.#ask = ask;
  }

  /**
   * Listen to the page.
   *
   * @param {HTMLElement} pane where the terminals are
   */
  wire(pane) {
    document.addEventListener("machine-activity", (event) => {
      this.machineChanged(/** @type {CustomEvent} */ (event).detail.name);
    });
    pane.addEventListener("terminal-settled", (event) => {
      this.machineChanged(/** @type {CustomEvent} */ (event).detail.machine);
    });
    document.addEventListener("visibilitychange", () => this.#schedule(CALM_MS));
    window.addEventListener(CHANGED, () => this.#schedule(CALM_MS));
    const observer = new IntersectionObserver((entries) => this.#viewChanged(entries));
    for (const exercise of this.#exercises) observer.observe(exercise.root);
  }

  /** @param {string} machine in which something happened */
  machineChanged(machine) {
    for (const exercise of this.#exercises) {
      if (exercise.machine === machine && exercise.autoCheckable) this.#due.add(exercise);
    }
    this.#schedule(CALM_MS);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #viewChanged(entries) {
    for (const { target, isIntersecting } of entries) {
      const exercise = this.#exercises.find(({ root }) => root === target);
      if (exercise && isIntersecting) this.#inView.add(exercise);
      else if (exercise) this.#inView.delete(exercise);
    }
    this.#schedule(CALM_MS);
  }

  /** @param {number} ms */
  #schedule(ms) {
    if (!this.#due.size) return;
    window.clearTimeout(this.#timer);
    const wait = Math.max(ms, this.#notBefore - Date.now());
    this.#timer = window.setTimeout(() => void this.#checkNext(), wait);
  }

  /**
   * Choose among those that are due: one in view, else the first that is still to be done.
   *
   * @returns {Exercise | undefined}
   */
  #choose() {
    const open = this.#exercises.filter((exercise) => exercise.autoCheckable);
    return open.find(
      (exercise) => this.#due.has(exercise) && (this.#inView.has(exercise) || exercise === open[0]),
    );
  }

  async #checkNext() {
    const exercise = this.#choose();
    if (!exercise || this.#asking || document.hidden || !isAutoCheckOn()) return;
    this.#asking = true;
    this.#due.delete(exercise);
    const path = `exercises/${this.#lesson}/${exercise.slug}/looks`;
    const failure = { queued: false, retry_after: RETRY_MS / 1000 };
    const reply = await this.#ask(path).catch(() => failure);
    this.#asking = false;
    if (!reply.queued && reply.retry_after) this.#due.add(exercise);
    this.#notBefore = Date.now() + reply.retry_after * 1000;
    this.#schedule(0);
  }
}
