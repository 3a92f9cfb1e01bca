/** Which exercise is auto-checked, and when. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { CALM_MS, AutoCheck } from "../../../static/js/exercises/auto_check.js";

mock.timers.enable({ apis: ["setTimeout", "Date"] });

/** A page of which only the parts that count are there. */
const page = { stored: new Map(), observe: () => {} };
globalThis.window = Object.assign(new EventTarget(), {
  setTimeout: (...rest) => setTimeout(...rest),
  clearTimeout: (timer) => clearTimeout(timer),
  localStorage: {
    getItem: (key) => page.stored.get(key) ?? null,
    setItem: (key, value) => page.stored.set(key, value),
  },
});
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.IntersectionObserver = class {
  constructor(callback) {
    page.observe = callback;
  }
  observe() {}
};

let requests = [];
let reply = { queued: true, reason: "", retry_after: 3 };
let exercises = [];
let autoCheck;

const exercise = (slug, machine = "box") => ({ slug, machine, autoCheckable: true, root: {} });
const scroll = ({ root }, isIntersecting) => page.observe([{ target: root, isIntersecting }]);

async function pass(ms) {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

beforeEach(() => {
  mock.timers.tick(60_000);
  page.stored.clear();
  document.hidden = false;
  requests = [];
  reply = { queued: true, reason: "", retry_after: 3 };
  exercises = [exercise("one"), exercise("two"), exercise("three"), exercise("four", "web")];
  autoCheck = new AutoCheck(exercises, "a/b", async (path) => {
    requests.push(path.split("/")[3]);
    return reply;
  });
  autoCheck.wire(new EventTarget());
});

test("a burst of events is one auto-check, of the first exercise that is to be done", async () => {
  for (let event = 0; event < 5; event += 1) {
    autoCheck.machineChanged("box");
    await pass(CALM_MS - 1);
  }
  assert.deepEqual(requests, []);
  await pass(1);
  await pass(10_000);
  assert.deepEqual(requests, ["one"]);
});

test("what is in view goes along, one after the other, as far apart as the server says", async () => {
  scroll(exercises[2], true);
  autoCheck.machineChanged("box");
  await pass(CALM_MS);
  assert.deepEqual(requests, ["one"]);
  await pass(2_999);
  assert.deepEqual(requests, ["one"]);
  await pass(1);
  assert.deepEqual(requests, ["one", "three"]);
  await pass(60_000);
  assert.deepEqual(requests, ["one", "three"]);
  scroll(exercises[1], true);
  await pass(CALM_MS);
  assert.deepEqual(requests, ["one", "three", "two"]);
});

test("what is refused for now is asked for again, and what is over is not", async () => {
  reply = { queued: false, reason: "Others are checked.", retry_after: 7 };
  autoCheck.machineChanged("box");
  await pass(CALM_MS);
  reply = { queued: false, reason: "Passed.", retry_after: 0 };
  await pass(6_999);
  assert.deepEqual(requests, ["one"]);
  await pass(1);
  assert.deepEqual(requests, ["one", "one"]);
  await pass(60_000);
  assert.deepEqual(requests, ["one", "one"]);
});

test("passed exercises and other machines are left alone", async () => {
  exercises[0].autoCheckable = exercises[1].autoCheckable = exercises[2].autoCheckable = false;
  autoCheck.machineChanged("box");
  await pass(60_000);
  assert.deepEqual(requests, []);
  autoCheck.machineChanged("web");
  await pass(CALM_MS);
  assert.deepEqual(requests, ["four"]);
});

test("a hidden tab waits until it is seen", async () => {
  document.hidden = true;
  autoCheck.machineChanged("box");
  await pass(60_000);
  assert.deepEqual(requests, []);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(CALM_MS);
  assert.deepEqual(requests, ["one"]);
});

test("who turned it off is left alone", async () => {
  page.stored.set("drydock.live", "off");
  autoCheck.machineChanged("box");
  await pass(60_000);
  assert.deepEqual(requests, []);
  page.stored.set("drydock.live", "on");
  window.dispatchEvent(new Event("drydock-auto-check"));
  await pass(CALM_MS);
  assert.deepEqual(requests, ["one"]);
});
