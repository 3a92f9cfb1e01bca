/** Decode what a machine prints, with U+FFFD for what is no UTF-8: xterm.js would leave it out. */

/** @returns {TextDecoder} for one stream of bytes, in pieces */
export function newDecoder() {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}
