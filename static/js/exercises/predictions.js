/** Run the form in which a student commits to numbers, and show how they compare once measured. */

import { ApiError, call } from "../lib/api.js";
import { announce, find } from "../lib/dom.js";
import { quantity } from "../lib/format.js";
import { comparison } from "./comparison.js";

/** @import { ExerciseData, PredictionPayload } from "../lib/api_types.js" */

export class Predictions {
  #root;
  #data;
  #path;

  /**
   * @param {HTMLElement} root the exercise
   * @param {ExerciseData} data
   * @param {string} lesson "course/lesson"
   */
  constructor(root, data, lesson) {
    this.#root = find("[data-prediction]", HTMLElement, root);
    this.#data = data;
    this.#path = `exercises/${lesson}/${data.slug}/predictions`;
    find("form", HTMLFormElement, this.#root).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#commit();
    });
    this.#show();
    if (data.predictions.some(({ measured }) => measured !== null)) void this.refresh();
  }

  get #missing() {
    return this.#data.predictions.filter(({ value }) => value === null);
  }

  /** Move the focus to the first empty field. */
  focusMissing() {
    const next = this.#missing[0];
    if (next) this.#input(next.id).focus();
  }

  /** Ask for what was measured, and for the class. */
  async refresh() {
    const answer = await call("GET", this.#path).catch(() => null);
    if (answer) this.#take(/** @type {{predictions: PredictionPayload[]}} */ (answer));
  }

  async #commit() {
    for (const { id } of this.#missing) {
      this.#showError(id, "");
      try {
        const body = { prediction: id, value: this.#input(id).value };
        this.#take(await call("POST", this.#path, body));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#showError(id, error.message);
        if (error.code === "prediction-made") void this.refresh();
        return;
      }
    }
    const done = find("[data-committed]", HTMLElement, this.#root);
    done.focus();
    announce(done.textContent ?? "");
  }

  /** @param {{predictions: PredictionPayload[]}} answer */
  #take({ predictions }) {
    this.#data.predictions = predictions;
    this.#show();
  }

  #show() {
    const { predictions, slug } = this.#data;
    for (const prediction of predictions) this.#showField(prediction);
    const open = this.#missing.length > 0;
    for (const part of this.#root.querySelectorAll("[data-open]")) {
      part.toggleAttribute("hidden", !open);
    }
    const measured = predictions.filter((prediction) => prediction.class);
    const committed = find("[data-committed]", HTMLElement, this.#root);
    committed.hidden = open || measured.length === predictions.length;
    const comparisons = find("[data-comparison]", HTMLElement, this.#root);
    comparisons.hidden = measured.length === 0;
    comparisons.replaceChildren(
      ...measured.map((prediction) => comparison(prediction, `plot-${slug}-${prediction.id}`)),
    );
  }

  /** @param {PredictionPayload} prediction */
  #showField(prediction) {
    const { id, value, unit } = prediction;
    const field = this.#field(id);
    field.hidden = Boolean(prediction.class);
    find("[data-entry]", HTMLElement, field).hidden = value !== null;
    const committed = find("[data-predicted]", HTMLElement, field);
    committed.hidden = value === null;
    committed.textContent = value === null ? "" : quantity(value, unit);
  }

  /**
   * Show what is wrong with a field; nothing when `text` is empty.
   *
   * @param {string} id
   * @param {string} text
   */
  #showError(id, text) {
    const input = this.#input(id);
    const error = find("[data-error]", HTMLElement, this.#field(id));
    error.textContent = text;
    error.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (text) input.focus();
  }

  /** @param {string} id */
  #field(id) {
    return find(`[data-key="${id}"]`, HTMLElement, this.#root);
  }

  /** @param {string} id */
  #input(id) {
    return find("input", HTMLInputElement, this.#field(id));
  }
}
