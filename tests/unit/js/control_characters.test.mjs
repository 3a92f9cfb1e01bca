/** Text on its way through the clipboard can't press keys. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { disarm } from "../../../static/js/lib/control_characters.js";

test("the end of a bracketed paste becomes a picture", () => {
  assert.equal(disarm("echo hi \x1b[201~; id\r"), "echo hi ␛[201~; id\r");
});

test("tab, line feed and carriage return stay, all other control characters go", () => {
  const codes = [...Array(0x21).keys(), ...Array.from({ length: 0x22 }, (_, at) => 0x7f + at)];
  for (const code of codes) {
    const character = String.fromCharCode(code);
    const stays = "\t\n\r \u00a0".includes(character);
    assert.equal(disarm(character) === character, stays, code.toString(16));
    assert.equal(disarm(disarm(character)), disarm(character));
  }
});

test("the control characters of eight bits, too", () => {
  assert.equal(disarm("\x9b201~\x9d52;c;eA==\x9c\x7f"), "\ufffd201~\ufffd52;c;eA==\ufffd\u2421");
});

test("letters of all kinds are untouched", () => {
  const text = "größer 漢字 🚢 👩‍🚀 \u200f عربى\n\tend";
  assert.equal(disarm(text), text);
});
