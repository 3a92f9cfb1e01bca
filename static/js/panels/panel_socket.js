/** Speak with the platform for a page's panels: watch topics of machines, and ask for actions. */

import { backoff } from "../lib/backoff.js";
import { gettext } from "../lib/i18n.js";

/**
 * What a close code means; after any other the connection is tried again.
 *
 * @type {Readonly<Record<number, FinalState>>}
 */
const FINAL = { 4001: "signed-out", 4004: "not-theirs", 4009: "over", 4029: "too-many" };
const ANSWER_MS = 30_000;
/** How long panels that nobody sees are fed: going to another tab and back costs nothing. */
const HIDDEN_MS = 5_000;

/**
 * @typedef {object} Sample what is known of a topic of a machine
 * @property {any} data null while nothing is known, or there is an error
 * @property {string} error why nothing is known, as a sentence for the student
 * @typedef {(sample: Sample) => void} Listener
 *
 * @typedef {object} Waiting an action that was asked for
 * @property {Record<string, any>} message
 * @property {boolean} sent
 * @property {(data: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} timer
 *
 * @typedef {"signed-out" | "not-theirs" | "over" | "too-many"} FinalState
 * @typedef {"idle" | "connecting" | "live" | "lost" | FinalState} SocketState
 */

/** A refusal or a failure, in words for the student. */
export class PanelError extends Error {
  /**
   * @param {string} message
   * @param {string} code "refused", "unavailable", "busy", "failed" or "offline"
   */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

export class PanelSocket {
  /** @type {SocketState} */
  state = "idle";
  /** @type {WebSocket | null} */
  #socket = null;
  #url = "";
  #attempt = 0;
  #keys = 0;
  /** @type {number | undefined} */
  #timer;
  #visible = true;
  /** @type {number | undefined} */
  #hiding;
  #changed;
  /** By "machine topic". @type {Map<string, {listeners: Set<Listener>, latest: Sample}>} */
  #topics = new Map();
  /** @type {Map<string, Waiting>} */
  #waiting = new Map();

  /** @param {(state: SocketState) => void} [changed] called after every change of the state */
  constructor(changed = () => {}) {
    this.#changed = changed;
  }

  /**
   * Say whether somebody sees the panels: what nobody sees is not watched.
   *
   * @param {boolean} visible
   */
  setVisible(visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    window.clearTimeout(this.#hiding);
    if (visible) this.#connectIfNeeded();
    else this.#hiding = window.setTimeout(() => this.#hangUpIfIdle(), HIDDEN_MS);
  }

  /** Try again after the server has refused. */
  retry() {
    this.#attempt = 0;
    this.#hangUp();
    this.#connectIfNeeded();
  }

  /**
   * Follow the page's sandbox: "" while it has none that is active.
   *
   * @param {string} sandbox its id
   */
  follow(sandbox) {
    const url = sandbox && `/ws/panels/${sandbox}/`;
    if (url === this.#url) return;
    this.#url = url;
    this.#attempt = 0;
    this.#hangUp();
    for (const topic of this.#topics.values()) this.#tell(topic, { data: null, error: "" });
    this.#connectIfNeeded();
  }

  /**
   * @param {string} machine
   * @param {string} topic
   * @param {Listener} listener called at once with what is known, and after every change
   * @returns {() => void} stops it
   */
  watch(machine, topic, listener) {
    const key = `${machine} ${topic}`;
    let watched = this.#topics.get(key);
    if (!watched) {
      watched = { listeners: new Set(), latest: { data: null, error: "" } };
      this.#topics.set(key, watched);
      this.#send({ type: "watch", machine, topic });
    }
    watched.listeners.add(listener);
    listener(watched.latest);
    this.#connectIfNeeded();
    return () => this.#unwatch(machine, topic, listener);
  }

  /**
   * @param {string} machine
   * @param {string} action
   * @param {Record<string, any>} args
   * @returns {Promise<any>}
   * @throws {PanelError}
   */
  act(machine, action, args = {}) {
    if (!this.#url) {
      return Promise.reject(new PanelError(gettext("There is no machine now."), "unavailable"));
    }
    this.#keys += 1;
    const key = `a${this.#keys}`;
    const message = { type: "act", key, machine, action, arguments: args };
    return new Promise((resolve, reject) => {
      const silence = gettext("The platform does not answer.");
      const late = () => this.#settle(key, null, silence, "offline");
      const timer = window.setTimeout(late, ANSWER_MS);
      const sent = this.#send(message);
      this.#waiting.set(key, { message, sent, resolve, reject, timer });
      this.#connectIfNeeded();
    });
  }

  /**
   * @param {string} machine
   * @param {string} topic
   * @param {Listener} listener
   */
  #unwatch(machine, topic, listener) {
    const key = `${machine} ${topic}`;
    const watched = this.#topics.get(key);
    watched?.listeners.delete(listener);
    if (!watched || watched.listeners.size) return;
    this.#topics.delete(key);
    this.#send({ type: "unwatch", machine, topic });
    this.#hangUpIfIdle();
  }

  /** Whether there is something to be heard or to be sent. */
  get #needed() {
    return this.#waiting.size > 0 || (this.#topics.size > 0 && this.#visible);
  }

  #connectIfNeeded() {
    if (this.#socket || this.#timer !== undefined || !this.#url || !this.#needed) return;
    if (this.state !== "lost") this.#enter("connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#enter("live");
      for (const key of this.#topics.keys()) {
        const [machine, topic] = key.split(" ");
        this.#send({ type: "watch", machine, topic });
      }
      for (const waiting of this.#waiting.values()) waiting.sent ||= this.#send(waiting.message);
    };
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** @param {any} message of panels/messages.py */
  #hear(message) {
    if (message.type === "answer") {
      return this.#settle(message.key, message.data, message.error, message.code);
    }
    const watched = this.#topics.get(`${message.machine} ${message.topic}`);
    if (watched) this.#tell(watched, { data: message.data, error: message.error });
  }

  /**
   * @param {{listeners: Set<Listener>, latest: Sample}} watched
   * @param {Sample} sample
   */
  #tell(watched, sample) {
    watched.latest = sample;
    for (const listener of watched.listeners) listener(sample);
  }

  /**
   * @param {string} key
   * @param {any} data
   * @param {string} error
   * @param {string} code
   */
  #settle(key, data, error, code) {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    this.#waiting.delete(key);
    window.clearTimeout(waiting.timer);
    if (error) waiting.reject(new PanelError(error, code));
    else waiting.resolve(data);
    this.#hangUpIfIdle();
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const final = FINAL[code];
    const lost = gettext("The connection was lost before there was an answer.");
    for (const [key, waiting] of [...this.#waiting]) {
      if (waiting.sent || final) this.#settle(key, null, lost, "offline");
    }
    if (final) return this.#enter(final);
    if (!this.#needed) return this.#enter("idle");
    this.#enter("lost");
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined;
      this.#connectIfNeeded();
    }, backoff(this.#attempt));
    this.#attempt += 1;
  }

  /** @param {SocketState} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.#changed(state);
  }

  #hangUpIfIdle() {
    if (!this.#needed) this.#hangUp();
  }

  #hangUp() {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#enter("idle");
  }

  /**
   * @param {Record<string, any>} message
   * @returns {boolean} whether it was sent
   */
  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }
}
