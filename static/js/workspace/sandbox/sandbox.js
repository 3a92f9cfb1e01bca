/** Follow the lesson's sandbox and ask for changes of it. Shows nothing itself. */

import { ApiError, call } from "../../lib/api.js";

/**
 * @import { SandboxPayload } from "../../lib/api_types.js"
 * @typedef {{kind: "known"}
 *   | {kind: "asking"}
 *   | {kind: "offline"}
 *   | {kind: "signed-out"}
 *   | {kind: "refused", message: string}} SyncState
 */

const RETRY_MS = 5_000;
const OVER = ["gone", "failed"];

export class Sandbox {
  /** @type {SandboxPayload | null} */
  payload;
  /**
   * Whether `payload` is up to date, or why not.
   *
   * @type {SyncState}
   */
  sync = { kind: "known" };
  /** Counts payloads, so that an answer which an event has overtaken is dropped. */
  #payloads = 0;
  /** @type {number | undefined} */
  #retry;
  #lesson;
  #changed;
  #complain;

  /**
   * @param {string} lesson "course/lesson"
   * @param {SandboxPayload | null} payload
   * @param {() => void} changed called after every change
   * @param {(message: string) => void} complain
   */
  constructor(lesson, payload, changed, complain) {
    this.#lesson = lesson;
    this.payload = payload;
    this.#changed = changed;
    this.#complain = complain;
  }

  /** Whether the state will change soon by itself, so that it is worth asking again. */
  get moving() {
    const state = this.payload?.state ?? "";
    return this.sync.kind === "offline" || ["requested", "starting", "ending"].includes(state);
  }

  /**
   * Take in a payload that came as an event.
   *
   * @param {SandboxPayload} payload
   */
  hear(payload) {
    if (payload.lesson !== this.#lesson) return;
    // The end of an earlier sandbox may be reported after the start of the next.
    const other = this.payload && payload.id !== this.payload.id;
    if (other && [...OVER, "ending"].includes(payload.state)) return;
    this.#take(payload);
  }

  /** Ask for a machine; asking twice gives the same one. */
  async start() {
    this.#setSync({ kind: "asking" });
    window.clearTimeout(this.#retry);
    try {
      this.#take(await call("POST", "sandboxes", { lesson: this.#lesson }));
    } catch (error) {
      this.#startFailed(error);
    }
  }

  /** @param {"extend" | "reset" | "stay" | "wake" | "prepare"} verb */
  async change(verb) {
    if (!this.payload) return;
    try {
      this.#take(await call("POST", `sandboxes/${this.payload.id}/${verb}`));
    } catch (error) {
      this.#changeFailed(error);
    }
  }

  async end() {
    if (!this.payload) return;
    try {
      this.#take(await call("DELETE", `sandboxes/${this.payload.id}`));
    } catch (error) {
      this.#changeFailed(error);
    }
  }

  /** Fetch the state, in case an event was lost. */
  async refresh() {
    if (this.sync.kind === "offline") return this.start();
    if (!this.payload || OVER.includes(this.payload.state)) return;
    const before = this.#payloads;
    try {
      /** @type {SandboxPayload} */
      const payload = await call("GET", `sandboxes/${this.payload.id}`);
      if (before === this.#payloads) this.#take(payload);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.signedOut();
    }
  }

  signedOut() {
    this.#setSync({ kind: "signed-out" });
  }

  /** @param {unknown} error */
  #startFailed(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return this.signedOut();
    if (error.status !== 0) return this.#setSync({ kind: "refused", message: error.message });
    this.#setSync({ kind: "offline" });
    this.#retry = window.setTimeout(() => this.start(), RETRY_MS);
  }

  /** @param {unknown} error */
  #changeFailed(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return this.signedOut();
    this.#complain(error.message);
    // It was refused because of a state that the page doesn't know of yet.
    if (error.status) void this.refresh();
  }

  /** @param {SandboxPayload} payload */
  #take(payload) {
    this.#payloads += 1;
    this.payload = payload;
    this.#setSync({ kind: "known" });
  }

  /** @param {SyncState} sync */
  #setSync(sync) {
    this.sync = sync;
    this.#changed();
  }
}
