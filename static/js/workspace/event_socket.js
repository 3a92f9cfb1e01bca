/** Hear by the page's events websocket when something changed, and when it can't be relied upon. */

import { backoff } from "../lib/backoff.js";

/** @import { PageEvent } from "../lib/api_types.js" */

/** The session is over: there is no use in coming back. */
const SIGNED_OUT = 4001;

/**
 * @typedef {object} EventHandlers
 * @property {(event: PageEvent) => void} onEvent
 * @property {(up: boolean) => void} onUp events may have been lost: ask for the state by HTTP
 * @property {() => void} onSignedOut
 */

export class EventSocket {
  up = false;
  #attempt = 0;
  /** @type {number | undefined} */
  #timer;
  #url;
  #handlers;

  /**
   * @param {string} url
   * @param {EventHandlers} handlers
   */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
  }

  open() {
    this.#timer = undefined;
    const socket = new WebSocket(this.#url);
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#handlers.onEvent(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
  }

  #opened() {
    this.up = true;
    this.#attempt = 0;
    this.#handlers.onUp(true);
  }

  /** @param {number} code */
  #closed(code) {
    if (this.up) this.#handlers.onUp(false);
    this.up = false;
    if (code === SIGNED_OUT) return this.#handlers.onSignedOut();
    // One step up: the first try after a loss may wait a little longer than a terminal's.
    this.#timer = window.setTimeout(() => this.open(), backoff(this.#attempt + 1));
    this.#attempt += 1;
  }

  /** Cut the wait short when there is a reason to think that the network is back. */
  #hurry() {
    if (this.#timer === undefined) return;
    window.clearTimeout(this.#timer);
    this.open();
  }
}
