/** What *Inside / outside* works out: the order of a tree, whose walls, how full the limits are. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeMissing } from "../../../static/js/panels/inside/capabilities.js";
import { meters } from "../../../static/js/panels/inside/limits.js";
import { ownerOf, treeRows } from "../../../static/js/panels/inside/rows.js";

/** @returns {any} */
const process = (
  /** @type {number} */ pid,
  /** @type {number} */ parent,
  /** @type {number} */ world = 0,
) => ({ pids: [pid], parent, world });
const order = (/** @type {any[]} */ processes) =>
  treeRows(processes).map(({ process: { pids }, depth }) => [pids[0], depth]);

test("parents come before their children, whatever order they came in", () => {
  const shuffled = [process(30, 20), process(40, 10), process(20, 10), process(10, 0)];
  assert.deepEqual(order(shuffled), [
    [10, 0],
    [20, 1],
    [30, 2],
    [40, 1],
  ]);
});

test("a tree that claims to be a ring is not walked for ever", () => {
  assert.deepEqual(order([process(10, 0), process(20, 30), process(30, 20)]), [[10, 0]]);
  assert.deepEqual(order([process(10, 0), process(20, 20)]), [[10, 0]]);
});

test("a tree of five hundred in a row is walked without recursion", () => {
  const chain = Array.from({ length: 5000 }, (_, at) => process(at + 1, at));
  assert.equal(treeRows(chain).length, 5000);
});

test("a container's box goes from its first process to its last", () => {
  const rows = treeRows([process(1, 0), process(2, 1, 1), process(3, 2, 1), process(4, 1)]);
  assert.deepEqual(
    rows.map(({ first, last, worldDepth }) => [first, last, worldDepth]),
    [
      [true, true, 0],
      [true, false, 0],
      [false, true, 1],
      [true, true, 1],
    ],
  );
});

test("whoever has a namespace first shares it with the rest", () => {
  const worlds = [{ net: 1, time: 7 }, { net: 2, time: 7 }, { net: 3, time: 7 }];
  assert.equal(ownerOf("time", 7, worlds), 0);
  assert.equal(ownerOf("net", 2, worlds), 1);
  assert.equal(ownerOf("net", 3, worlds), 2);
  assert.equal(ownerOf("net", 9, worlds), -1);
  assert.equal(ownerOf("uts", 0, worlds), -1);
});

const used = {
  memory_bytes: 256 * 2 ** 20,
  memory_limit: 2 ** 30,
  processes: 61,
  processes_limit: 0,
  cpu_seconds: 10,
  cpus_limit: 0.5,
  held_back_seconds: 0,
  at: 100,
};

test("bars say what is used of what there is", () => {
  const [memory, processes, processor] = meters({ ...used, cpu_seconds: 10.5, at: 102 }, used);
  assert.equal(memory.text, "256\u00a0MiB of 1\u00a0GiB");
  assert.equal(memory.share, 0.25);
  assert.equal(processes.text, "61, no limit");
  assert.equal(processes.share, null);
  assert.equal(processor.text, "0.25 of 0.5 cores");
  assert.equal(processor.share, 0.5);
});

test("nothing is said of the processor until it is known", () => {
  assert.equal(meters(used, null)[2].text, "…");
  assert.equal(meters({ ...used, cpu_seconds: 1, at: 101 }, used)[2].text, "…");
  assert.equal(meters(used, used)[2].share, null);
});

test("missing capabilities are said in plain words, the most telling first", () => {
  assert.deepEqual(describeMissing([21, 0, 16]), [
    { name: "CAP_SYS_MODULE", text: "load modules into the kernel" },
    {
      name: "CAP_SYS_ADMIN",
      text: "mount file systems, and much else that changes the whole system",
    },
    { name: "CAP_CHOWN", text: "give files to others" },
  ]);
  assert.deepEqual(describeMissing([77]), [
    { name: "CAP_77", text: "what capability 77 allows" },
  ]);
  const every = describeMissing(Array.from({ length: 41 }, (_, number) => number));
  assert.equal(new Set(every.map(({ text }) => text)).size, 41);
});
