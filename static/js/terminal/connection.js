/**
 * Connect one terminal by websocket: resume by byte number, acknowledge what was rendered, come
 * back after every loss.
 *
 * Knows nothing of xterm.js or of the page, so that tests drive it with a fake socket and a fake
 * clock (tests/unit/js/connection.test.mjs).
 */

import { backoff } from "../lib/backoff.js";
import { ACK_BYTES, FINAL_CLOSE_CODES, SUBPROTOCOL, parseFrame } from "./frames.js";
import { InputQueue } from "./input/input_queue.js";

const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 8_000;
/** After a connection that held this long, the next loss starts at the shortest wait again. */
const STABLE_MS = 5_000;
const OPEN_WITHIN_MS = 10_000;

/**
 * @import { ClientFrame, FinalState, Hello } from "./frames.js"
 * @typedef {"idle" | "connecting" | "live" | "reconnecting" | "offline" | "closed"} OpenState
 * @typedef {OpenState | FinalState} ConnectionState
 *
 * @typedef {object} StateDetail
 * @property {number} [retryInMs] until the next attempt, when reconnecting or offline
 * @property {string} [message] the server's last, for a person
 *
 * @typedef {object} Handlers
 * @property {(state: ConnectionState, detail: StateDetail) => void} onState
 * @property {(hello: Hello) => void} onHello before the bytes that follow it
 * @property {(bytes: Uint8Array, rendered: () => void) => void} onData
 *   call `rendered` once the bytes are on the screen
 * @property {(cols: number, rows: number) => void} onSize the size changed here in the stream
 * @property {(leads: boolean) => void} onTurn
 *   from here in the stream on, this viewer answers and sets the size, or not any more
 * @property {() => void} onCaughtUp all that was there at hello has been delivered
 * @property {(code: number) => void} onExit the shell ended; the next input starts a new one
 * @property {(bytes: number) => void} onInputLost
 *   so many bytes of a paste were not sent because the connection broke
 *
 * @typedef {object} Environment what the browser provides; tests bring their own
 * @property {(url: string, protocol: string) => WebSocket} connect
 * @property {(callback: () => void, ms: number) => number} setTimeout
 * @property {(timer: number) => void} clearTimeout
 * @property {() => number} random
 * @property {() => boolean} online
 * @property {(listener: (kind: NetworkEvent) => void) => () => void} watch returns how to stop
 *
 * @typedef {"online" | "offline" | "visible"} NetworkEvent
 */

/** @type {Environment} */
const browser = {
  connect: (url, protocol) => new WebSocket(url, protocol),
  setTimeout: (callback, ms) => window.setTimeout(callback, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
  random: Math.random,
  online: () => navigator.onLine,
  watch(listener) {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener("online", () => listener("online"), { signal });
    window.addEventListener("offline", () => listener("offline"), { signal });
    const onVisible = () => {
      if (document.visibilityState === "visible") listener("visible");
    };
    document.addEventListener("visibilitychange", onVisible, { signal });
    return () => stop.abort();
  },
};

export class Connection {
  /** @type {ConnectionState} */
  state = "idle";
  /** Bytes that we have, counted from the start of the machine's PTY server. */
  received = 0;
  /**
   * Names the run of the PTY server that the byte numbers belong to.
   *
   * @type {string | undefined}
   */
  #epoch;
  /** How many bytes there were at the last hello; up to there it is replay. */
  #end = 0;
  #replaying = false;
  #acked = 0;
  #generation = 0;
  #attempt = 0;
  #size = { cols: 80, rows: 24 };
  #message = "";
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, number>} */
  #timers = new Map();
  /** @type {() => void} */
  #unwatch = () => {};
  /** @type {InputQueue} */
  #input;
  #url;
  #handlers;
  #environment;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   * @param {Environment} [environment]
   */
  constructor(url, handlers, environment = browser) {
    this.#url = url;
    this.#handlers = handlers;
    this.#environment = environment;
    this.#input = new InputQueue((callback, ms) => this.#after("input", ms, callback));
  }

  /**
   * Connect, and stay connected until `close` or a final close code.
   *
   * Opening an open connection does nothing.
   *
   * @param {number} cols
   * @param {number} rows
   */
  open(cols, rows) {
    this.#size = { cols, rows };
    if (this.#socket || this.#timers.has("retry")) return;
    this.#unwatch();
    this.#unwatch = this.#environment.watch((kind) => this.#networkChanged(kind));
    this.#attempt = 0;
    this.#connect("connecting");
  }

  /** Leave for good (until `open`). */
  close() {
    this.#drop();
    this.#unwatch();
    this.#clear("retry");
    this.#enter("closed");
  }

  /** Try now instead of when the wait is over. */
  retryNow() {
    if (this.#timers.has("retry")) this.#connect(this.state);
  }

  /**
   * @param {number} cols
   * @param {number} rows
   */
  resize(cols, rows) {
    this.#size = { cols, rows };
    this.#send({ type: "resize", cols, rows });
  }

  /**
   * Send what was typed or pasted, in order.
   *
   * @param {Uint8Array} bytes
   * @returns {boolean} false, and nothing is sent, when not connected or when too much waits
   */
  send(bytes) {
    return this.state === "live" && this.#input.push(bytes);
  }

  // --- Connecting ---------------------------------------------------------------------------

  /** @param {ConnectionState} state */
  #connect(state) {
    this.#clear("retry");
    this.#message = "";
    const socket = this.#environment.connect(this.#url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#resume();
    socket.onmessage = (event) => this.#arrived(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.#socket = socket;
    this.#after("open", OPEN_WITHIN_MS, () => this.#lost());
    this.#enter(state);
  }

  #resume() {
    const epoch = this.#epoch && { epoch: this.#epoch };
    this.#send({ type: "resume", seq: this.received, ...this.#size, ...epoch });
  }

  /** Forget the socket without waiting for its end, which a dead network delays for minutes. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    for (const name of ["open", "ping", "pong", "stable", "input"]) this.#clear(name);
    const unsent = this.#input.detach();
    if (unsent) this.#handlers.onInputLost(unsent);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {number} code */
  #closed(code) {
    const final = FINAL_CLOSE_CODES[code];
    if (!final) return this.#lost();
    this.#drop();
    this.#unwatch();
    this.#enter(final, { message: this.#message });
  }

  #lost() {
    this.#drop();
    const wait = backoff(this.#attempt, this.#environment.random);
    this.#attempt += 1;
    this.#after("retry", wait, () => this.#connect(this.state));
    const state = this.#environment.online() ? "reconnecting" : "offline";
    this.#enter(state, { retryInMs: wait, message: this.#message });
  }

  /**
   * Find out at once what it means that the network or the tab has come back, or gone.
   *
   * A server on this very computer stays reachable without a network, hence a ping instead of
   * giving up.
   *
   * @param {NetworkEvent} kind
   */
  #networkChanged(kind) {
    if (this.state === "live") this.#ping();
    else if (kind !== "offline") this.retryNow();
    else if (this.#timers.has("retry")) this.#enter("offline");
  }

  // --- From the server ----------------------------------------------------------------------

  /** @param {ArrayBuffer | string} data */
  #arrived(data) {
    this.#clear("pong");
    if (typeof data !== "string") return this.#bytes(new Uint8Array(data));
    const frame = parseFrame(data);
    if (frame?.type === "hello") this.#hello(frame);
    else if (frame?.type === "size") this.#handlers.onSize(frame.cols, frame.rows);
    else if (frame?.type === "turn") this.#handlers.onTurn(frame.leads);
    else if (frame?.type === "exit") this.#handlers.onExit(frame.code);
    else if (frame?.type === "error") this.#message = frame.message;
  }

  /** @param {Hello} hello */
  #hello(hello) {
    this.#clear("open");
    if (hello.reset || hello.seq !== this.received) this.#generation += 1;
    this.received = this.#acked = hello.seq;
    this.#epoch = hello.epoch;
    this.#end = hello.end;
    this.#replaying = true;
    if (this.#socket) this.#input.attach(this.#socket);
    this.#after("stable", STABLE_MS, () => (this.#attempt = 0));
    this.#schedulePing();
    this.#handlers.onHello(hello);
    this.#enter("live");
    this.#caughtUp();
  }

  /** @param {Uint8Array} bytes */
  #bytes(bytes) {
    this.received += bytes.length;
    const end = this.received;
    const generation = this.#generation;
    this.#handlers.onData(bytes, () => {
      if (generation === this.#generation) this.#rendered(end);
    });
    this.#caughtUp();
  }

  #caughtUp() {
    if (!this.#replaying || this.received < this.#end) return;
    this.#replaying = false;
    this.#handlers.onCaughtUp();
  }

  /** @param {number} seq */
  #rendered(seq) {
    if (this.state !== "live" || seq - this.#acked < ACK_BYTES) return;
    this.#acked = seq;
    this.#send({ type: "ack", seq });
  }

  // --- Helpers ------------------------------------------------------------------------------

  #schedulePing() {
    this.#after("ping", PING_EVERY_MS, () => this.#ping());
  }

  #ping() {
    this.#send({ type: "ping" });
    if (!this.#timers.has("pong")) this.#after("pong", PONG_WITHIN_MS, () => this.#lost());
    this.#schedulePing();
  }

  /** @param {ClientFrame} frame */
  #send(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  /**
   * @param {ConnectionState} state
   * @param {StateDetail} [detail]
   */
  #enter(state, detail = {}) {
    this.state = state;
    this.#handlers.onState(state, detail);
  }

  /**
   * @param {string} name
   * @param {number} ms
   * @param {() => void} callback
   */
  #after(name, ms, callback) {
    this.#clear(name);
    const run = () => {
      this.#timers.delete(name);
      callback();
    };
    this.#timers.set(name, this.#environment.setTimeout(run, ms));
  }

  /** @param {string} name */
  #clear(name) {
    const timer = this.#timers.get(name);
    if (timer !== undefined) this.#environment.clearTimeout(timer);
    this.#timers.delete(name);
  }
}
