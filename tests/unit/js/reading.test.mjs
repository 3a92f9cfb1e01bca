/** Titles of sections in what students should read again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readingParts } from "../../../static/js/exercises/reading.js";

const titles = new Map([
  ["count the processes", "s-count"],
  ["layers", "s-layers"],
  ["what’s underneath?", "s-under"],
  ["walls", "s-walls"],
]);
const links = (/** @type {string} */ text) =>
  readingParts(text, titles)
    .filter(({ id }) => id)
    .map(({ text: title, id }) => [title, id]);

test("a title in quotation marks leads to its section", () => {
  const text = "“Count the processes”: look at `ps -ef`, then at \"Layers\".";
  assert.deepEqual(links(text), [
    ["Count the processes", "s-count"],
    ["Layers", "s-layers"],
  ]);
  assert.equal(
    readingParts(text, titles)
      .map((part) => part.text)
      .join(""),
    text,
  );
  assert.deepEqual(links("«Layers», and „Walls“."), [
    ["Layers", "s-layers"],
    ["Walls", "s-walls"],
  ]);
  assert.deepEqual(links("See “What’s underneath?” again."), [["What’s underneath?", "s-under"]]);
});

test("a title alone, or at the beginning, leads to its section", () => {
  assert.deepEqual(links("Count the processes"), [["Count the processes", "s-count"]]);
  assert.deepEqual(links("Layers."), [["Layers.", "s-layers"]]);
  assert.deepEqual(links("Walls, at its end: readlink."), [["Walls", "s-walls"]]);
  assert.deepEqual(links("Wallsend: no."), []);
});

test("what names no section stays text", () => {
  assert.deepEqual(readingParts("The “third” hint.", titles), [
    { text: "The “third” hint.", id: "" },
  ]);
});
