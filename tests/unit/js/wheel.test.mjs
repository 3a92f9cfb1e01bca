/** How far a wheel scrolls a program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { WheelLines } from "../../../static/js/terminal/input/wheel.js";

test("three lines a notch, either way", () => {
  const wheel = new WheelLines();
  assert.equal(wheel.turn(-120), 3);
  assert.equal(wheel.turn(120), -3);
  assert.equal(wheel.turn(-240), 6);
});

test("a touchpad's small steps add up", () => {
  const wheel = new WheelLines();
  const lines = Array.from({ length: 40 }, () => wheel.turn(-12));
  assert.equal(
    lines.reduce((sum, count) => sum + count, 0),
    12,
  );
});

test("turning back forgets what was left over", () => {
  const wheel = new WheelLines();
  assert.equal(wheel.turn(-39), 0);
  assert.equal(wheel.turn(40), -1);
});

test("a flung wheel is bounded", () => {
  assert.ok(new WheelLines().turn(-1e9) <= 60);
});
