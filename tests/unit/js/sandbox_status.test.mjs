/** What bar and overlay say of a sandbox. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf } from "../../../static/js/workspace/sandbox/sandbox_status.js";

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

test("only a ready sandbox shows the terminal", () => {
  for (const state of ["requested", "starting", "ready", "parked", "ending", "gone", "failed"]) {
    const status = statusOf({ ...sandbox, state }, 20);
    assert.equal(Boolean(status.title), state !== "ready", state);
    assert.ok(status.bar);
  }
  assert.equal(statusOf(null, 20).button?.action, "start");
});

test("each state that waits for the student has a button", () => {
  assert.equal(statusOf({ ...sandbox, state: "parked" }, 20).button?.action, "wake");
  assert.equal(statusOf({ ...sandbox, state: "gone" }, 20).button?.action, "start");
  assert.equal(statusOf({ ...sandbox, state: "failed", reason: "No disk." }, 20).text, "No disk.");
});

test("the queue has a place and an estimate", () => {
  const status = (place, full = true) =>
    statusOf({ ...sandbox, state: "requested", queue: { place, estimate_seconds: 5, full } }, 20);
  assert.equal(status(1).title, "You are next");
  assert.equal(status(2).title, "You are number 2 in the queue");
  assert.match(status(2).text ?? "", /^All machines are in use.* a few seconds/);
  assert.match(status(2, false).text ?? "", /^Other machines are starting.* a few seconds/);
});
