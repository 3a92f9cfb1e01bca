/** What an engine did, in words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { activityMessage } from "../../../static/js/workspace/activity/activity_messages.js";

/** @param {string} kind @param {object} more */
const say = (kind, more = {}) =>
  activityMessage({
    kind,
    at: "2030-01-01T00:00:00Z",
    nested: true,
    subject: "web",
    image: "nginx",
    exit_code: null,
    count: 1,
    ...more,
  });

test("what happened to containers, images and layers", () => {
  assert.equal(say("image-built", { subject: "app:1" }), "Image app:1 was built");
  assert.equal(say("container-started"), "Container web started from nginx");
  assert.equal(say("container-died", { exit_code: 0 }), "Container web ended");
  assert.equal(say("container-died", { exit_code: 137 }), "Container web ended with exit code 137");
  const layer = { subject: `sha256:${"3f".repeat(32)}`, image: "registry:5000/ada/app:1" };
  assert.equal(
    say("layer-pulled", layer),
    "Layer 3f3f3f3f3f3f of registry:5000/ada/app:1 was pulled",
  );
});

test("what was left out is counted", () => {
  assert.equal(say("more", { count: 1 }), "1 more thing happened, too fast to list");
  assert.equal(say("more", { count: 7 }), "7 more things happened, too fast to list");
});

test("what nobody needs a line for has none", () => {
  assert.equal(say("container-created"), "");
  assert.equal(say("nonsense"), "");
});

test("a student's texts stay texts", () => {
  assert.equal(say("volume-created", { subject: "%(code)s<b>" }), "Volume %(code)s<b> was created");
});
