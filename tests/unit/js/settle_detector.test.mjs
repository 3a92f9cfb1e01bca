/** When a typed command has probably done its work. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import {
  PATIENCE_MS,
  SILENCE_MS,
  SettleDetector,
} from "../../../static/js/terminal/settle_detector.js";

const ENTER = new Uint8Array([108, 115, 13]);
let settled = 0;
let detector = new SettleDetector(() => {});

mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  settled = 0;
  detector = new SettleDetector(() => (settled += 1));
});

test("after silence, once", () => {
  detector.entered(ENTER);
  mock.timers.tick(SILENCE_MS - 1);
  detector.printed();
  mock.timers.tick(SILENCE_MS - 1);
  assert.equal(settled, 0);
  mock.timers.tick(1);
  assert.equal(settled, 1);
  detector.printed();
  mock.timers.tick(2 * PATIENCE_MS);
  assert.equal(settled, 1);
});

test("not for what is only typed", () => {
  detector.entered(new Uint8Array([108, 115]));
  mock.timers.tick(2 * PATIENCE_MS);
  assert.equal(settled, 0);
});

test("Ctrl-C and Ctrl-D end something, too", () => {
  for (const byte of [3, 4]) {
    detector.entered(new Uint8Array([byte]));
    mock.timers.tick(SILENCE_MS);
  }
  assert.equal(settled, 2);
});

test("a program that never stops printing is not waited for", () => {
  detector.entered(ENTER);
  for (let ms = 0; ms < PATIENCE_MS; ms += 500) {
    detector.printed();
    mock.timers.tick(500);
  }
  assert.equal(settled, 1);
  mock.timers.tick(SILENCE_MS);
  assert.equal(settled, 1);
});
