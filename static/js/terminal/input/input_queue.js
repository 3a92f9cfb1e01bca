/** Send keystrokes and pastes in small frames, paced by what the socket has still to send. */

import { CHUNK_BYTES, INPUT_MAX_BYTES } from "../frames.js";

/** What the browser may buffer: enough to fill the line, little enough to stop quickly. */
const BUFFERED_MAX = 128 * 1024;
const WAIT_MS = 8;

export class InputQueue {
  /** @type {Uint8Array[]} */
  #waiting = [];
  #bytes = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  #paused = false;
  #later;

  /** @param {(callback: () => void, ms: number) => void} later */
  constructor(later) {
    this.#later = later;
  }

  /** @param {WebSocket} socket */
  attach(socket) {
    this.#socket = socket;
    this.#paused = false;
    this.#pump();
  }

  /**
   * Release the socket and drop what was not sent: sent later it could land anywhere.
   *
   * @returns {number} the bytes dropped
   */
  detach() {
    const dropped = this.#bytes;
    this.#socket = null;
    this.#waiting = [];
    this.#bytes = 0;
    return dropped;
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {boolean} false when too much would wait; then nothing of it is taken
   */
  push(bytes) {
    if (this.#bytes + bytes.length > INPUT_MAX_BYTES) return false;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      this.#waiting.push(bytes.subarray(at, at + CHUNK_BYTES));
    }
    this.#bytes += bytes.length;
    if (!this.#paused) this.#pump();
    return true;
  }

  #pump() {
    this.#paused = false;
    while (this.#socket && this.#waiting.length && this.#socket.bufferedAmount < BUFFERED_MAX) {
      const chunk = /** @type {Uint8Array<ArrayBuffer>} */ (this.#waiting.shift());
      this.#bytes -= chunk.length;
      this.#socket.send(chunk);
    }
    if (!this.#waiting.length) return;
    this.#paused = true;
    this.#later(() => this.#pump(), WAIT_MS);
  }
}
