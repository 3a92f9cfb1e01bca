/** What changes from one text to another, by lines. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines } from "../../../static/js/lib/line_diff.js";

const SIGNS = { same: " ", added: "+", removed: "-" };
const shown = (before, after) =>
  diffLines(before, after).map(({ change, text }) => `${SIGNS[change]}${text}`);

test("the same text has no change", () => {
  assert.deepEqual(shown("a\nb\n", "a\nb\n"), [" a", " b"]);
});

test("a line that changes goes and comes in its place", () => {
  assert.deepEqual(shown("FROM a\nRUN x\nCMD c\n", "FROM a\nRUN y\nCMD c\n"), [
    " FROM a",
    "-RUN x",
    "+RUN y",
    " CMD c",
  ]);
});

test("lines are found again where others came before them", () => {
  assert.deepEqual(shown("a\nb\nc", "x\na\nc\nd"), ["+x", " a", "-b", " c", "+d"]);
});

test("an empty file becomes the text", () => {
  assert.deepEqual(shown("", "a\n"), ["-", "+a"]);
});

test("applying the changes gives the text, whatever the two are", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 200; round += 1) {
    const text = () => Array.from({ length: random(12) }, () => "abc"[random(3)]).join("\n");
    const [before, after] = [text(), text()];
    const lines = diffLines(before, after);
    const without = (gone) =>
      lines.filter(({ change }) => change !== gone).map((line) => line.text);
    assert.equal(without("added").join("\n"), before);
    assert.equal(without("removed").join("\n"), after);
  }
});

test("texts too large to be compared are replaced whole, at once", () => {
  const many = (word) => Array.from({ length: 5_000 }, (_, at) => `${word} ${at}`).join("\n");
  assert.equal(diffLines(many("a"), many("b")).length, 10_000);
});
