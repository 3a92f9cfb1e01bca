/** What containers use is remembered for two minutes, and drawn from right to left. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Histories, TICKS } from "../../../static/js/panels/desktop/histories.js";
import { layOut } from "../../../static/js/panels/desktop/sparkline.js";

const use = (/** @type {number | null} */ cpu, memory = 5) => ({ cpu, memory, limit: 0 });

test("what does not change goes on", () => {
  const histories = new Histories();
  histories.hear({ a: use(null), b: use(1) });
  histories.tick();
  histories.hear({ a: use(2) });
  histories.tick();
  histories.tick();
  assert.deepEqual(histories.of("a"), { cpu: [2, 2], memory: [5, 5, 5] });
  assert.deepEqual(histories.of("b"), { cpu: [], memory: [] });
  assert.deepEqual(histories.total(), { cpu: 2, memory: 5 });
});

test("two minutes are kept", () => {
  const histories = new Histories();
  histories.hear({ a: use(1) });
  for (let at = 0; at < 3 * TICKS; at += 1) histories.tick();
  assert.equal(histories.of("a").cpu.length, TICKS);
});

test("ids that are words of the language are ids", () => {
  const histories = new Histories();
  histories.hear(JSON.parse('{"__proto__": {"cpu": 1, "memory": 2, "limit": 0}, "constructor": {"cpu": 1, "memory": 2, "limit": 0}}'));
  histories.tick();
  assert.deepEqual(histories.of("constructor").cpu, [1]);
});

test("curves", () => {
  assert.deepEqual(layOut([], 10), { line: "", area: "" });
  assert.equal(layOut([0, 10], 10).line, "M59.0 19.0L60.0 1.0");
  assert.equal(layOut([0, 5], 10).line, "M59.0 19.0L60.0 10.0");
  assert.equal(layOut([40], 10).line, "M60.0 1.0");
  assert.ok(!layOut([0, 0], 0).line.includes("NaN"));
  assert.ok(layOut(Array(TICKS).fill(1), 10).area.endsWith("V20H0.0Z"));
});
