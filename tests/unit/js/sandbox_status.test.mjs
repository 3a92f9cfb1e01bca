/** Sandbox states and times in plain words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { controlOf, sequenceOf } from "../../../static/js/terminal/soft_keys.js";
import { bannerOf, duration, estimate, exercisesPassed, megabytes, pointsIn, pointsOf, sceneOf } from "../../../static/js/workspace/sandbox_status.js";

const sandbox = {
  id: "1",
  lesson: "a/b",
  state: "ready",
  reason: "",
  queue: null,
  expires_at: "2030-01-01T00:00:00+00:00",
  extendable: true,
  home_max_bytes: 50_000_000,
  accelerator: null,
  machines: [],
};

test("numbers", () => {
  assert.equal(pointsIn(1), "1 point");
  assert.equal(pointsIn(0), "0 points");
  assert.equal(pointsOf(1, 3), "1 of 3 points");
  assert.equal(exercisesPassed(0, 1), "0 of 1 exercise passed");
  assert.equal(megabytes(50_000_000), "50\u00a0MB");
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

test("only a ready sandbox shows the terminal", () => {
  for (const state of ["requested", "starting", "ready", "parked", "ending", "gone", "failed"]) {
    const scene = sceneOf({ ...sandbox, state }, 20);
    assert.equal(Boolean(scene.title), state !== "ready", state);
    assert.ok(scene.bar);
  }
  assert.equal(sceneOf(null, 20).button?.action, "start");
});

test("each state that waits for the student has a button", () => {
  assert.equal(sceneOf({ ...sandbox, state: "parked" }, 20).button?.action, "wake");
  assert.equal(sceneOf({ ...sandbox, state: "gone" }, 20).button?.action, "start");
  assert.equal(sceneOf({ ...sandbox, state: "failed", reason: "No disk." }, 20).text, "No disk.");
});

test("the queue has a place and an estimate", () => {
  const scene = (place, full = true) =>
    sceneOf({ ...sandbox, state: "requested", queue: { place, estimate_seconds: 5, full } }, 20);
  assert.equal(scene(1).title, "You are next");
  assert.equal(scene(2).title, "You are number 2 in the queue");
  assert.match(scene(2).text ?? "", /^All machines are in use.* a few seconds/);
  assert.match(scene(2, false).text ?? "", /^Other machines are starting.* a few seconds/);
});

test("banners", () => {
  assert.equal(bannerOf("live", {}), "");
  assert.match(bannerOf("reconnecting", { retryInMs: 3000 }), /in 3 s/);
  assert.match(bannerOf("reconnecting", { retryInMs: 250, message: "The machine does not answer." }), /^The machine does/);
});

test("keys of the touch bar", () => {
  assert.equal(controlOf("c"), "\x03");
  assert.equal(controlOf("D"), "\x04");
  assert.equal(controlOf("1"), "1");
  assert.equal(sequenceOf("up", false), "\x1b[A");
  assert.equal(sequenceOf("up", true), "\x1bOA");
  assert.equal(sequenceOf("escape", true), "\x1b");
});
