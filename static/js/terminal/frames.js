/** The text frames of `drydock.v1`, as platform/terminal/wire/control_frames.py sends and expects them. */

export const SUBPROTOCOL = "drydock.v1";

/** The largest binary frame we send. */
export const CHUNK_BYTES = 32 * 1024;
/** The most that may be pasted at once, and that may wait to be sent. */
export const INPUT_MAX_BYTES = 4_000_000;
/** Acknowledge after so many rendered bytes; well under the 64 KiB at which the machine is slowed down. */
export const ACK_BYTES = 16 * 1024;

/**
 * @typedef {{type: "hello", seq: number, reset: boolean, window: number, role: "owner" | "watch" | "help", epoch: string,
 *            end: number, cols: number, rows: number}} Hello
 * @typedef {Hello
 *   | {type: "size", cols: number, rows: number}
 *   | {type: "exit", code: number}
 *   | {type: "error", code: string, message: string}
 *   | {type: "pong"}} ServerFrame
 * @typedef {{type: "resume", seq: number, cols: number, rows: number, epoch?: string}
 *   | {type: "resize", cols: number, rows: number}
 *   | {type: "ack", seq: number}
 *   | {type: "ping"}} ClientFrame
 */

/** What a close code means for the viewer; any other code is a lost connection, and is tried again.
 * @type {Readonly<Record<number, FinalState>>}
 * @typedef {"signed-out" | "not-yours" | "ended" | "failed" | "too-many" | "refused"} FinalState */
export const FINAL_CLOSE_CODES = {
  4001: "signed-out",
  4004: "not-yours",
  4009: "ended",
  4010: "failed",
  4029: "too-many",
  4400: "refused",
};

/** @param {string} text @returns {ServerFrame | null} null for what is no frame of ours */
export function parseFrame(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
