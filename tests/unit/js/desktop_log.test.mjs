/** What a container prints is shown in its colours, and does nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readLine } from "../../../static/js/panels/desktop/log_text.js";

/** @param {string} line */
const text = (line) => readLine(line).map((span) => span.text).join("");

test("colours and bold", () => {
  assert.deepEqual(readLine("a \x1b[31mred\x1b[1m bold\x1b[0m end"), [
    { text: "a ", classes: "" },
    { text: "red", classes: "desk-log--red" },
    { text: " bold", classes: "desk-log--bold desk-log--red" },
    { text: " end", classes: "" },
  ]);
  assert.deepEqual(readLine("\x1b[92;1mok\x1b[39m!\x1b[22m."), [
    { text: "ok", classes: "desk-log--bold desk-log--green" },
    { text: "!", classes: "desk-log--bold" },
    { text: ".", classes: "" },
  ]);
});

test("colours out of hundreds are left alone", () => {
  assert.deepEqual(readLine("\x1b[38;5;31mx\x1b[48;2;1;31;3my"), [
    { text: "x", classes: "" },
    { text: "y", classes: "" },
  ]);
});

test("everything else is text", () => {
  assert.equal(text("\x1b]0;title\x07x"), "␛]0;title␇x");
  assert.equal(text("\x1b[2J\x1b[1;1Hx"), "␛[2J␛[1;1Hx");
  assert.equal(text("<b>x</b>"), "<b>x</b>");
  assert.equal(text("\u202egnp.exe"), "\ufffdgnp.exe");
  assert.equal(text("\x9b31mx\x00"), "\ufffd31mx␀");
  assert.equal(text("\x1b[999;x"), "␛[999;x");
});

test("a line that was written over is what is seen at last", () => {
  assert.equal(text("10 %\r50 %\r100 %"), "100 %");
  assert.equal(text("done\r"), "done");
  assert.equal(text(""), "");
});

test("a hostile line takes no time", () => {
  const line = `\x1b[${"1;".repeat(5_000)}m`.repeat(20);
  assert.equal(text(line), "");
  assert.equal(text("\x1b[".repeat(10_000)).length, 20_000);
});
