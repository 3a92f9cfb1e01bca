/** When a block of commands is entered in a terminal, and when it is not. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { BlockRunner, PATIENCE_MS, POLL_MS } from "../../../static/js/terminal/input/block_runner.js";

mock.timers.enable({ apis: ["setTimeout"] });

let shown = {};
let entered = [];
let runner;

beforeEach(() => {
  entered = [];
  shown = { live: true, replaying: false, ended: false, full: false, marks: true, prompt: true };
  shown.quiet = 1_000;
  runner = new BlockRunner({
    isLive: () => shown.live,
    isReplaying: () => shown.replaying,
    hasEnded: () => shown.ended,
    hasProgram: () => !shown.marks,
    isFullScreen: () => shown.full,
    takesPastes: () => shown.marks,
    hasPrompt: () => shown.prompt,
    quietMs: () => shown.quiet,
    paste: (block) => entered.push(["paste", block]),
    press: (keys) => entered.push(["press", keys]),
  });
});

async function pass(ms) {
  for (let at = 0; at < ms; at += POLL_MS) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(POLL_MS);
  }
  await new Promise((resolve) => setImmediate(resolve));
}

const ENTERED = (block) => [
  ["paste", block],
  ["press", "\r"],
];

test("at a prompt, as a paste and Enter", async () => {
  const result = runner.run("cat > Makefile <<EOF\nall:\n\techo hi\nEOF");
  await pass(500);
  assert.equal(await result, "sent");
  assert.deepEqual(entered, ENTERED("cat > Makefile <<EOF\nall:\n\techo hi\nEOF"));
});

test("nothing into a program that has the screen", async () => {
  shown.full = true;
  const result = runner.run("rm x");
  await pass(100);
  assert.equal(await result, "full-screen");
  assert.deepEqual(entered, []);
});

test("once what runs is done", async () => {
  Object.assign(shown, { marks: false, prompt: false });
  const result = runner.run("second");
  await pass(2_000);
  assert.deepEqual(entered, []);
  Object.assign(shown, { marks: true, prompt: true });
  await pass(500);
  assert.equal(await result, "sent");
});

test("never into a program that goes on, unless the reader says so", async () => {
  Object.assign(shown, { marks: false, prompt: false });
  const result = runner.run("echo hi");
  await pass(PATIENCE_MS + 500);
  assert.equal(await result, "busy");
  assert.deepEqual(entered, []);
  const again = runner.run("echo hi", { anyway: true });
  await pass(500);
  assert.equal(await again, "sent");
});

test("into a shell that does not mark pastes, when it is silent behind its prompt", async () => {
  Object.assign(shown, { marks: false, quiet: 200 });
  const result = runner.run("ls");
  await pass(300);
  assert.deepEqual(entered, []);
  shown.quiet = 400;
  await pass(500);
  assert.equal(await result, "sent");
});

test("after the shell has ended a new one is started and waited for", async () => {
  Object.assign(shown, { ended: true, marks: false, prompt: false });
  const result = runner.run("ls");
  await pass(500);
  assert.deepEqual(entered, [["press", "\r"]]);
  Object.assign(shown, { ended: false, marks: true, prompt: true, quiet: 10 });
  await pass(200);
  assert.equal(entered.length, 1);
  shown.quiet = 500;
  await pass(500);
  assert.equal(await result, "sent");
  assert.deepEqual(entered.slice(1), ENTERED("ls"));
});

test("not before old output has been shown", async () => {
  shown.replaying = true;
  const result = runner.run("ls");
  await pass(500);
  assert.deepEqual(entered, []);
  shown.replaying = false;
  await pass(500);
  assert.equal(await result, "sent");
});

test("not without a connection", async () => {
  shown.live = false;
  const results = [runner.run("ls"), runner.run("ls", { anyway: true })];
  await pass(500);
  assert.deepEqual(await Promise.all(results), ["not-live", "not-live"]);
});

test("two blocks keep their order and are never mixed", async () => {
  const first = runner.run("first");
  const second = runner.run("second");
  await pass(1_000);
  assert.equal(await first, "sent");
  assert.equal(await second, "sent");
  assert.deepEqual(entered, [...ENTERED("first"), ...ENTERED("second")]);
});

test("what runs is stopped first where the block says so, once if once is enough", async () => {
  Object.assign(shown, { marks: false, prompt: false });
  const result = runner.run("ls", { interrupt: true });
  await pass(300);
  assert.deepEqual(entered, [["press", "\x03"]]);
  Object.assign(shown, { marks: true, prompt: true });
  await pass(500);
  assert.equal(await result, "sent");
  assert.deepEqual(entered.slice(1), ENTERED("ls"));
});

test("at a prompt there is nothing to stop", async () => {
  const result = runner.run("ls", { interrupt: true });
  await pass(500);
  assert.equal(await result, "sent");
  assert.deepEqual(entered, ENTERED("ls"));
});

test("what does not stop is asked three times, then left", async () => {
  Object.assign(shown, { marks: false, prompt: false });
  const result = runner.run("ls", { interrupt: true });
  await pass(PATIENCE_MS + 500);
  assert.equal(await result, "busy");
  assert.deepEqual(entered, Array(3).fill(["press", "\x03"]));
});

test("whoever waits for its output hears right before it is entered", async () => {
  const result = runner.run("ls", { entering: () => entered.push("entering") });
  await pass(500);
  assert.equal(await result, "sent");
  assert.deepEqual(entered, ["entering", ...ENTERED("ls")]);
});
