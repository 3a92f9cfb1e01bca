/** What an input method has entered. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { enteredBy } from "../../../static/js/terminal/input/input_method.js";

test("letters, line breaks and erasing", () => {
  assert.equal(enteredBy({ inputType: "insertText", data: "é" }), "é");
  assert.equal(enteredBy({ inputType: "insertLineBreak", data: null }), "\r");
  assert.equal(enteredBy({ inputType: "deleteContentBackward", data: null }), "\x7f");
});

test("what is still being composed is not sent", () => {
  assert.equal(enteredBy({ inputType: "insertCompositionText", data: "に" }), "");
  assert.equal(enteredBy({ inputType: "historyUndo", data: null }), "");
});
