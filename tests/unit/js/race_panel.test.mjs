/** What *Race* works out: who takes part, what was predicted, how it went. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comparison,
  contestants,
  readSeconds,
  resultSentences,
} from "../../../static/js/panels/race/result.js";

/** @returns {any} */
const lane = (/** @type {string} */ side, /** @type {any} */ fields = {}) => ({
  side,
  elapsed_ms: 0,
  emulated: false,
  facts: null,
  ...fields,
});

test("seconds are read as people write them", () => {
  assert.deepEqual(["2", " 0,5 s", "1.25", "300 ms", "40MS"].map(readSeconds), [
    2, 0.5, 1.25, 0.3, 0.04,
  ]);
  assert.deepEqual(["", "soon", "-1", "1e9", "99999999", "1 min"].map(readSeconds), [
    null, null, null, null, null, null,
  ]);
});

test("a prediction is held against the clock", () => {
  assert.equal(comparison(null, 500), "");
  assert.equal(comparison(2, 400), "you said 2\u00a0s: 5 times too long");
  assert.equal(comparison(1, 3250), "you said 1\u00a0s: 3.3 times too short");
  assert.equal(comparison(1, 1100), "you said 1\u00a0s: well predicted");
  assert.equal(comparison(0, 400), "you said 0\u00a0s");
});

test("the result compares both, and says that one was emulated", () => {
  const container = lane("container", { elapsed_ms: 412, facts: { memory: 1_300_000 } });
  const guest = lane("guest", { elapsed_ms: 3180, emulated: true, facts: { memory: 232_000_000 } });
  const [times, memory, emulated] = resultSentences(container, guest);
  assert.match(times, /after 0\.412\s*s, .* after 3\.18\s*s: 7\.7 times/);
  assert.match(memory, /1\.3\s*MB of memory, the virtual machine 232\s*MB/);
  assert.match(emulated, /about a second/);
});

test("memory that can't be seen is not compared", () => {
  const guest = lane("guest", { elapsed_ms: 10, facts: { memory: null } });
  assert.equal(resultSentences(lane("container"), guest).length, 1);
});

test("each side has a machine, the page's own where it can", () => {
  const lanes = new Map([
    ["dock", lane("container")],
    ["rack", lane("guest")],
    ["vm", lane("guest")],
  ]);
  assert.deepEqual(contestants(lanes, "dock"), { container: "dock", guest: "rack" });
  assert.deepEqual(contestants(lanes, "vm"), { container: "dock", guest: "vm" });
  assert.deepEqual(contestants(new Map(), "vm"), { container: "", guest: "" });
});
