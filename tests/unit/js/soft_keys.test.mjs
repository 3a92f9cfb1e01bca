/** What the keys above a touch keyboard send. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { controlOf, sequenceOf } from "../../../static/js/terminal/input/soft_keys.js";

test("keys of the touch bar", () => {
  assert.equal(controlOf("c"), "\x03");
  assert.equal(controlOf("D"), "\x04");
  assert.equal(controlOf("1"), "1");
  assert.equal(sequenceOf("up", false), "\x1b[A");
  assert.equal(sequenceOf("up", true), "\x1bOA");
  assert.equal(sequenceOf("escape", true), "\x1b");
});
