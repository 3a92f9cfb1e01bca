/** Speak with the platform for a page's panels: watch topics of machines, and ask for actions. */

import { backoff } from "../lib/backoff.js";
import { gettext } from "../lib/i18n.js";

/** The server will not have this page again: signed out, not theirs, over, too many. */
const FINAL = [4001, 4004, 4009, 4029];
const ANSWER_MS = 30_000;

/**
 * @typedef {object} Sample what is known of a topic of a machine
 * @property {any} data null while nothing is known, or there is an error
 * @property {string} error why nothing is known, as a sentence for the student
 * @typedef {(sample: Sample) => void} Listener
 * @typedef {{resolve: (data: any) => void, reject: (error: Error) => void, timer: number}} Waiting
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
  /** @type {WebSocket | null} */
  #socket = null;
  #url = "";
  #attempt = 0;
  #keys = 0;
  /** @type {number | undefined} */
  #timer;
  /** By "machine topic". @type {Map<string, {listeners: Set<Listener>, latest: Sample}>} */
  #topics = new Map();
  /** @type {Map<string, Waiting>} */
  #waiting = new Map();

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
    this.#connectIfNeeded();
    if (!this.#url) {
      return Promise.reject(new PanelError(gettext("There is no machine now."), "unavailable"));
    }
    this.#keys += 1;
    const key = `a${this.#keys}`;
    const message = { type: "act", key, machine, action, arguments: args };
    return new Promise((resolve, reject) => {
      const late = () => this.#settle(key, null, gettext("The platform does not answer."), "offline");
      this.#waiting.set(key, { resolve, reject, timer: window.setTimeout(late, ANSWER_MS) });
      if (this.#socket?.readyState === WebSocket.OPEN) this.#send(message);
      else this.#socket?.addEventListener("open", () => this.#send(message), { once: true });
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
    if (!this.#topics.size && !this.#waiting.size) this.#hangUp();
  }

  #connectIfNeeded() {
    if (this.#socket || this.#timer !== undefined || !this.#url) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      for (const key of this.#topics.keys()) {
        const [machine, topic] = key.split(" ");
        this.#send({ type: "watch", machine, topic });
      }
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
    if (!this.#topics.size && !this.#waiting.size) this.#hangUp();
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const lost = gettext("The connection to your panels was lost. It is tried again.");
    for (const key of [...this.#waiting.keys()]) this.#settle(key, null, lost, "offline");
    if (FINAL.includes(code) || !this.#topics.size) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined;
      this.#connectIfNeeded();
    }, backoff(this.#attempt));
    this.#attempt += 1;
  }

  #hangUp() {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {Record<string, any>} message */
  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
