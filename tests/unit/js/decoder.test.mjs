/** What a machine prints, decoded and shown by a plain xterm.js. */

import assert from "node:assert/strict";
import { test } from "node:test";
import xterm from "@xterm/xterm";
import { newDecoder } from "../../../static/js/terminal/decoder.js";

/** The first line after these bytes came in pieces of so many. */
async function shown(bytes, size = bytes.length) {
  const terminal = new xterm.Terminal({ allowProposedApi: true });
  const decoder = newDecoder();
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Uint8Array.from(bytes.slice(at, at + size));
    await new Promise((done) => terminal.write(decoder.decode(piece, { stream: true }), done));
  }
  return terminal.buffer.active.getLine(0).translateToString(true);
}

const letters = (text) => [...Buffer.from(text)];

test("shows a replacement for each letter of an older encoding", async () => {
  const latin = [...letters("gr"), 0xf6, 0xdf, ...letters("er")];
  assert.equal(await shown(latin), "gr\ufffd\ufffder");
  assert.equal(await shown(latin, 1), "gr\ufffd\ufffder");
});

test("shows a replacement for bytes that are never UTF-8", async () => {
  assert.equal(await shown([0xff, 0xfe, 0x80, 0xc0, 0x61]), "\ufffd\ufffd\ufffd\ufffda");
});

test("puts characters together that come in pieces", async () => {
  for (const size of [1, 2, 3]) assert.equal(await shown(letters("ä€x"), size), "ä€x");
});
