/** Which exercise the page has looked at, and when. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { CALM_MS, Live } from "../../../static/js/exercises/auto_check.js";

mock.timers.enable({ apis: ["setTimeout", "Date"] });

/** A page of which only the parts that count are there. */
const page = { stored: new Map(), seen: () => {} };
globalThis.window = Object.assign(new EventTarget(), {
  setTimeout: (...rest) => setTimeout(...rest),
  clearTimeout: (timer) => clearTimeout(timer),
  localStorage: { getItem: (key) => page.stored.get(key) ?? null, setItem: (key, value) => page.stored.set(key, value) },
});
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.IntersectionObserver = class {
  constructor(callback) {
    page.seen = callback;
  }
  observe() {}
};

let asked = [];
let answer = { queued: true, reason: "", retry_after: 3 };
let exercises = [];
let live;

const exercise = (slug, machine = "box") => ({ slug, machine, live: true, root: {} });
const see = (one, isIntersecting) => page.seen([{ target: one.root, isIntersecting }]);

async function pass(ms) {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

beforeEach(() => {
  mock.timers.tick(60_000);
  page.stored.clear();
  document.hidden = false;
  asked = [];
  answer = { queued: true, reason: "", retry_after: 3 };
  exercises = [exercise("one"), exercise("two"), exercise("three"), exercise("four", "web")];
  live = new Live(exercises, "a/b", async (path) => {
    asked.push(path.split("/")[3]);
    return answer;
  });
  live.wire(new EventTarget());
});

test("a burst of events is one look, at the first exercise that is to be done", async () => {
  for (let event = 0; event < 5; event += 1) {
    live.happened("box");
    await pass(CALM_MS - 1);
  }
  assert.deepEqual(asked, []);
  await pass(1);
  await pass(10_000);
  assert.deepEqual(asked, ["one"]);
});

test("what is in view goes along, one after the other, as far apart as the server says", async () => {
  see(exercises[2], true);
  live.happened("box");
  await pass(CALM_MS);
  assert.deepEqual(asked, ["one"]);
  await pass(2_999);
  assert.deepEqual(asked, ["one"]);
  await pass(1);
  assert.deepEqual(asked, ["one", "three"]);
  await pass(60_000);
  assert.deepEqual(asked, ["one", "three"]);
  see(exercises[1], true);
  await pass(CALM_MS);
  assert.deepEqual(asked, ["one", "three", "two"]);
});

test("what is refused for now is asked for again, and what is over is not", async () => {
  answer = { queued: false, reason: "Others are looked at.", retry_after: 7 };
  live.happened("box");
  await pass(CALM_MS);
  answer = { queued: false, reason: "Passed.", retry_after: 0 };
  await pass(6_999);
  assert.deepEqual(asked, ["one"]);
  await pass(1);
  assert.deepEqual(asked, ["one", "one"]);
  await pass(60_000);
  assert.deepEqual(asked, ["one", "one"]);
});

test("passed exercises and other machines are left alone", async () => {
  exercises[0].live = exercises[1].live = exercises[2].live = false;
  live.happened("box");
  await pass(60_000);
  assert.deepEqual(asked, []);
  live.happened("web");
  await pass(CALM_MS);
  assert.deepEqual(asked, ["four"]);
});

test("a hidden tab waits until it is seen", async () => {
  document.hidden = true;
  live.happened("box");
  await pass(60_000);
  assert.deepEqual(asked, []);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(CALM_MS);
  assert.deepEqual(asked, ["one"]);
});

test("who turned it off is left alone", async () => {
  page.stored.set("drydock.live", "off");
  live.happened("box");
  await pass(60_000);
  assert.deepEqual(asked, []);
  page.stored.set("drydock.live", "on");
  window.dispatchEvent(new Event("drydock-live"));
  await pass(CALM_MS);
  assert.deepEqual(asked, ["one"]);
});
