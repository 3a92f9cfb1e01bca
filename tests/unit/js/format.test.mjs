/** Points, times and sizes in plain words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byteSize,
  duration,
  estimate,
  exercisesPassed,
  megabytes,
  pointsIn,
  pointsOf,
  roundNumber,
} from "../../../static/js/lib/format.js";

test("numbers", () => {
  assert.equal(pointsIn(1), "1 point");
  assert.equal(pointsIn(0), "0 points");
  assert.equal(pointsOf(1, 3), "1 of 3 points");
  assert.equal(exercisesPassed(0, 1), "0 of 1 exercise passed");
  assert.equal(megabytes(50_000_000), "50\u00a0MB");
  assert.equal(roundNumber(0.012345), "0.0123");
  assert.equal(roundNumber(12345.6), "12\u202f346");
});

test("bytes, counted as Docker counts them", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 84_249_000, 999_600, 3e12].map(byteSize), [
    "0\u00a0B",
    "999\u00a0B",
    "1\u00a0kB",
    "12.3\u00a0kB",
    "84.2\u00a0MB",
    "1\u00a0MB",
    "3\u00a0TB",
  ]);
});

test("times", () => {
  assert.deepEqual([59, 60, 3599, 3600, 3660, 7320].map(duration), [
    "less than a minute",
    "1 min",
    "59 min",
    "1 h",
    "1 h 1 min",
    "2 h 2 min",
  ]);
  assert.deepEqual([3, 41, 60, 95, 4000].map(estimate), [
    "a few seconds",
    "about 50 seconds",
    "about a minute",
    "about 2 min",
    "about 1 h 7 min",
  ]);
});
