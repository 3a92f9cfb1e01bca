/** Which keys in a terminal are the page's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pageKey } from "../../../static/js/terminal/input/page_keys.js";

const NONE = { ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };

function press(code, held = {}, altGraph = false) {
  const event = { ...NONE, ...held, code, key: code, getModifierState: () => altGraph };
  return pageKey(event);
}

test("two ways out", () => {
  assert.equal(press("F6"), "leave");
  assert.equal(press("KeyL", { ctrlKey: true, shiftKey: true }), "leave");
  assert.equal(press("F6", { ctrlKey: true }), null);
});

test("Ctrl-C, Ctrl-L and plain letters are the machine's", () => {
  assert.equal(press("KeyC", { ctrlKey: true }), null);
  assert.equal(press("KeyL", { ctrlKey: true }), null);
  assert.equal(press("KeyL"), null);
});

test("what the browser keeps is sent with Alt", () => {
  const held = { ctrlKey: true, altKey: true };
  assert.deepEqual(press("KeyW", held), { send: "\x17" });
  assert.deepEqual(press("KeyT", held), { send: "\x14" });
  assert.deepEqual(press("KeyN", held), { send: "\x0e" });
  assert.equal(press("KeyQ", held), null);
});

test("AltGr types letters", () => {
  assert.equal(press("KeyN", { ctrlKey: true, altKey: true }, true), null);
});
