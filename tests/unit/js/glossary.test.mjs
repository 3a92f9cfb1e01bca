/** Where a glossary's words are found in a text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { termPattern } from "../../../static/js/reading/glossary.js";

const term = (/** @type {string[]} */ ...words) => ({ id: words[0], term: words[0], words, html: "" });
const { pattern, byWord } = termPattern([
  term("port", "ports"),
  term("exit code"),
  term("code"),
  term("größe"),
  term("C++"),
  term("copy-on-write"),
]);
const terms = (/** @type {string} */ text) =>
  [...text.matchAll(pattern)].map(([word]) => byWord.get(word.toLowerCase())?.term);

test("words are whole, in any case and in their other forms", () => {
  assert.deepEqual(terms("Ports, a port; an import, port-forwarding, port_80"), ["port", "port"]);
});

test("the longest word wins", () => {
  assert.deepEqual(terms("its exit code is a code"), ["exit code", "code"]);
});

test("letters of all languages and signs count", () => {
  assert.deepEqual(terms("Die Größe von C++, nicht Übergröße"), ["größe", "C++"]);
  assert.deepEqual(terms("by copy-on-write."), ["copy-on-write"]);
});
