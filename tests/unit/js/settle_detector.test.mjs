/** When a typed command has probably done its work. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { PATIENCE_MS, SILENCE_MS, Settled } from "../../../static/js/terminal/settle_detector.js";

const ENTER = new Uint8Array([108, 115, 13]);
let told = 0;
let settled = new Settled(() => {});

mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  told = 0;
  settled = new Settled(() => (told += 1));
});

test("after silence, once", () => {
  settled.entered(ENTER);
  mock.timers.tick(SILENCE_MS - 1);
  settled.printed();
  mock.timers.tick(SILENCE_MS - 1);
  assert.equal(told, 0);
  mock.timers.tick(1);
  assert.equal(told, 1);
  settled.printed();
  mock.timers.tick(2 * PATIENCE_MS);
  assert.equal(told, 1);
});

test("not for what is only typed", () => {
  settled.entered(new Uint8Array([108, 115]));
  mock.timers.tick(2 * PATIENCE_MS);
  assert.equal(told, 0);
});

test("Ctrl-C and Ctrl-D end something, too", () => {
  for (const byte of [3, 4]) {
    settled.entered(new Uint8Array([byte]));
    mock.timers.tick(SILENCE_MS);
  }
  assert.equal(told, 2);
});

test("a program that never stops printing is not waited for", () => {
  settled.entered(ENTER);
  for (let ms = 0; ms < PATIENCE_MS; ms += 500) {
    settled.printed();
    mock.timers.tick(500);
  }
  assert.equal(told, 1);
  mock.timers.tick(SILENCE_MS);
  assert.equal(told, 1);
});
