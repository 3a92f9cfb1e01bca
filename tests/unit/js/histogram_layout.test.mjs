/** Where the parts of a class's plot lie. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ROW, WIDTH, across, bars, rows, share, ticks } from "../../../static/js/exercises/histogram_layout.js";
import { number, verdict } from "../../../static/js/exercises/predictions.js";

const linear = { students: 9, least: 5, log: false, edges: [0, 10, 20, 30], predicted: [4, 0, 1], measured: null };
const log = { ...linear, log: true, edges: [1, 10, 100, 1000] };

test("a scale is linear, or by powers", () => {
  assert.deepEqual([0, 15, 30].map((value) => share(value, linear)), [0, 0.5, 1]);
  assert.ok(Math.abs(share(10, log) - 1 / 3) < 1e-9);
  assert.equal(share(0.5, log), 0);
  assert.equal(share(5000, log), 1);
  assert.ok(across(0, linear) > 0 && across(30, linear) < WIDTH);
});

test("bars stand on their base; nobody is none, one is seen", () => {
  const found = bars(linear.predicted, linear, 100);
  assert.equal(found.length, 2);
  for (const { y, height } of found) assert.equal(y + height, 100);
  assert.ok(found[0].height > found[1].height && found[0].height < ROW);
  assert.ok(bars([500, 1, 0], linear, 100)[1].height >= 2);
  assert.deepEqual(bars(null, linear, 100), []);
});

test("bars do not overlap", () => {
  const [one, two] = bars([1, 1, 1], log, 100);
  assert.ok(one.x + one.width <= two.x);
});

test("as many numbers below the axis as there is room for", () => {
  const values = (/** @type {number[]} */ edges) => ticks({ ...linear, edges }).map((tick) => tick.value);
  assert.deepEqual(values([0, 1, 2]), [0, 1, 2]);
  const many = Array.from({ length: 23 }, (_, index) => index);
  assert.ok(values(many).length <= 6);
  assert.equal(values(many)[0], 0);
  assert.equal(values(many).at(-1), 22);
  for (let count = 2; count < 40; count += 1) {
    const found = values(many.concat(many.map((value) => value + 23)).slice(0, count));
    assert.deepEqual(found, [...new Set(found)].sort((a, b) => a - b));
  }
});

test("the table has a row a bar", () => {
  assert.deepEqual(rows(linear)[0], { from: 0, to: 10, predicted: 4, measured: null });
  assert.equal(rows(linear).length, 3);
});

test("numbers and what they say", () => {
  assert.equal(number(0.012345), "0.0123");
  assert.equal(number(12345.6), "12,346");
  assert.match(verdict(10, 9.5), /within a tenth/);
  assert.match(verdict(30, 10), /predicted 3 times/);
  assert.match(verdict(10, 45), /measured 4.5 times/);
  assert.equal(verdict(0, 5), "");
});
