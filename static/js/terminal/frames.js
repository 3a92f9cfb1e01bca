/** Describe and parse the text frames of `drydock.v1` (platform/terminal/wire/control_frames.py). */

export const SUBPROTOCOL = "drydock.v1";

/** The largest binary frame we send. */
export const CHUNK_BYTES = 32 * 1024;
/** The most that may be pasted at once, and that may wait to be sent. */
export const INPUT_MAX_BYTES = 4_000_000;
/** Acknowledge after so many rendered bytes; at 64 KiB the machine is slowed down. */
export const ACK_BYTES = 16 * 1024;

/**
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {number} seq
 * @property {boolean} reset
 * @property {number} window
 * @property {"owner" | "watch" | "help"} role
 * @property {string} epoch
 * @property {number} end
 * @property {number} cols
 * @property {number} rows
 * @property {string} [modes] what brings a terminal into the state at `seq`, after a reset
 *
 * @typedef {Hello
 *   | {type: "size", cols: number, rows: number}
 *   | {type: "turn", leads: boolean}
 *   | {type: "exit", code: number}
 *   | {type: "error", code: string, message: string}
 *   | {type: "pong"}} ServerFrame
 *
 * @typedef {{type: "resume", seq: number, cols: number, rows: number, epoch?: string}
 *   | {type: "resize", cols: number, rows: number}
 *   | {type: "ack", seq: number}
 *   | {type: "ping"}} ClientFrame
 *
 * @typedef {"signed-out" | "not-yours" | "ended" | "failed" | "too-many" | "refused"} FinalState
 */

/**
 * What a close code means for the viewer; after any other the connection is tried again.
 *
 * @type {Readonly<Record<number, FinalState>>}
 */
export const FINAL_CLOSE_CODES = {
  4001: "signed-out",
  4004: "not-yours",
  4009: "ended",
  4010: "failed",
  4029: "too-many",
  4400: "refused",
};

/**
 * @param {string} text
 * @returns {ServerFrame | null} null when it is no frame of ours
 */
export function parseFrame(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
