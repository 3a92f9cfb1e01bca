/** Where the parts of a class's histogram lie. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ROW,
  WIDTH,
  across,
  bars,
  rows,
  share,
  ticks,
} from "../../../static/js/exercises/histogram_layout.js";

const linear = {
  students: 9,
  least: 5,
  log: false,
  edges: [0, 10, 20, 30],
  predicted: [4, 0, 1],
  measured: null,
};
const log = { ...linear, log: true, edges: [1, 10, 100, 1000] };

test("a scale is linear, or by powers", () => {
  assert.deepEqual(
    [0, 15, 30].map((value) => share(value, linear)),
    [0, 0.5, 1],
  );
  assert.ok(Math.abs(share(10, log) - 1 / 3) < 1e-9);
  assert.equal(share(0.5, log), 0);
  assert.equal(share(5000, log), 1);
  assert.ok(across(0, linear) > 0 && across(30, linear) < WIDTH);
});

test("bars stand on their base; nobody is none, one is seen", () => {
  const shapes = bars(linear.predicted, linear, 100);
  assert.equal(shapes.length, 2);
  for (const { y, height } of shapes) assert.equal(y + height, 100);
  assert.ok(shapes[0].height > shapes[1].height && shapes[0].height < ROW);
  const many = { ...linear, predicted: [500, 1, 0] };
  assert.ok(bars(many.predicted, many, 100)[1].height >= 2);
  assert.deepEqual(bars(null, linear, 100), []);
});

test("bars do not overlap", () => {
  const [left, right] = bars([1, 1, 1], log, 100);
  assert.ok(left.x + left.width <= right.x);
});

test("as many students have bars of the same height in both rows", () => {
  const scale = { ...linear, predicted: [4, 0, 1], measured: [0, 1, 0] };
  const [low] = bars(scale.measured, scale, 200);
  assert.equal(low.height, bars(scale.predicted, scale, 100)[1].height);
});

test("the marks below the axis are even", () => {
  const linear_edges = Array.from({ length: 11 }, (_, index) => index * 20);
  const log_edges = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
  const many_decades = Array.from({ length: 14 }, (_, index) => 10 ** (index - 3));
  for (const scale of [
    { ...linear, edges: linear_edges },
    { ...linear, edges: linear_edges.slice(0, 6) },
    { ...log, edges: log_edges },
    { ...log, edges: many_decades },
  ]) {
    const places = ticks(scale).map(({ x }) => x);
    const steps = places.slice(1).map((x, index) => x - places[index]);
    assert.ok(places.length > 1 && places.length <= 6);
    for (const step of steps) assert.ok(Math.abs(step - steps[0]) < 1e-6);
  }
  assert.deepEqual(
    ticks({ ...log, edges: log_edges }).map(({ value }) => value),
    [0.1, 1, 10, 100],
  );
});

test("as many numbers below the axis as there is room for", () => {
  const values = (/** @type {number[]} */ edges) =>
    ticks({ ...linear, edges }).map((tick) => tick.value);
  assert.deepEqual(values([0, 1, 2]), [0, 1, 2]);
  const many = Array.from({ length: 23 }, (_, index) => index);
  assert.ok(values(many).length <= 6);
  assert.equal(values(many)[0], 0);
  for (let count = 2; count < 40; count += 1) {
    const shown = values(many.concat(many.map((value) => value + 23)).slice(0, count));
    assert.deepEqual(
      shown,
      [...new Set(shown)].sort((a, b) => a - b),
    );
  }
});

test("the table has a row a bar", () => {
  assert.deepEqual(rows(linear)[0], { from: 0, to: 10, predicted: 4, measured: null });
  assert.equal(rows(linear).length, 3);
});
