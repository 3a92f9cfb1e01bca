/** How a prediction compares with what was measured. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { verdict } from "../../../static/js/exercises/comparison.js";

test("a prediction is compared in a sentence", () => {
  assert.match(verdict(10, 9.5), /within a tenth/);
  assert.match(verdict(30, 10), /predicted 3 times/);
  assert.match(verdict(10, 45), /measured 4.5 times/);
  assert.equal(verdict(0, 5), "");
});
