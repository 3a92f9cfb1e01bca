/** The lesson's sandbox: what state it is in, and what may be asked of it. Shows nothing itself. */

import { ApiError, call } from "../lib/api.js";

/**
 * @typedef {import("../lib/api_types.js").SandboxPayload} SandboxPayload
 * @typedef {{kind: "known"} | {kind: "asking"} | {kind: "offline"} | {kind: "signed-out"} | {kind: "refused", message: string}} Standing
 */

const RETRY_MS = 5_000;
const OVER = ["gone", "failed"];

export class Sandbox {
  /** @type {SandboxPayload | null} */
  payload;
  /** @type {Standing} whether `payload` is the whole truth */
  standing = { kind: "known" };
  /** Counts what we heard, so that an answer which was overtaken by an event is dropped. */
  #heard = 0;
  /** @type {number | undefined} */
  #retry;
  #lesson;
  #changed;
  #complain;

  /** @param {string} lesson "course/lesson" @param {SandboxPayload | null} payload
   * @param {() => void} changed called after every change @param {(message: string) => void} complain */
  constructor(lesson, payload, changed, complain) {
    this.#lesson = lesson;
    this.payload = payload;
    this.#changed = changed;
    this.#complain = complain;
  }

  /** Whether it is on its way somewhere, so that it is worth asking again soon. */
  get moving() {
    return this.standing.kind === "offline" || ["requested", "starting", "ending"].includes(this.payload?.state ?? "");
  }

  /** @param {SandboxPayload} payload */
  hear(payload) {
    if (payload.lesson !== this.#lesson) return;
    // The end of an earlier sandbox may be told after the start of the next.
    if (this.payload && payload.id !== this.payload.id && OVER.includes(payload.state)) return;
    this.#take(payload);
  }

  /** Ask for a machine; asking twice gives the same one. */
  async start() {
    this.#stand({ kind: "asking" });
    await this.#ask("POST", "sandboxes", { lesson: this.#lesson });
  }

  /** @param {"extend" | "reset" | "wake" | "prepare"} verb */
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
    if (this.standing.kind === "offline") return this.start();
    if (!this.payload || OVER.includes(this.payload.state)) return;
    const heard = this.#heard;
    try {
      /** @type {SandboxPayload} */
      const payload = await call("GET", `sandboxes/${this.payload.id}`);
      if (heard === this.#heard) this.#take(payload);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.signedOut();
    }
  }

  signedOut() {
    this.#stand({ kind: "signed-out" });
  }

  /** @param {"POST"} method @param {string} path @param {object} body */
  async #ask(method, path, body) {
    window.clearTimeout(this.#retry);
    try {
      this.#take(await call(method, path, body));
    } catch (error) {
      this.#askFailed(error);
    }
  }

  /** @param {unknown} error */
  #askFailed(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return this.signedOut();
    if (error.status !== 0) return this.#stand({ kind: "refused", message: error.message });
    this.#stand({ kind: "offline" });
    this.#retry = window.setTimeout(() => this.start(), RETRY_MS);
  }

  /** @param {unknown} error */
  #changeFailed(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) return this.signedOut();
    this.#complain(error.message);
    // Whatever was refused, was refused for a state that we don't know of.
    if (error.status) void this.refresh();
  }

  /** @param {SandboxPayload} payload */
  #take(payload) {
    this.#heard += 1;
    this.payload = payload;
    this.#stand({ kind: "known" });
  }

  /** @param {Standing} standing */
  #stand(standing) {
    this.standing = standing;
    this.#changed();
  }
}
