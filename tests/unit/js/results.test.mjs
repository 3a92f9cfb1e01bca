/** What a student reads of an attempt: what each check found, and why an instructor set the score. */

import assert from "node:assert/strict";
import { test } from "node:test";

/** An element of which only the parts that count are there. */
class Part {
  constructor(tag) {
    Object.assign(this, { tag, className: "", dataset: {}, children: [], href: "sprite#x" });
  }
  append(...children) {
    this.children.push(...children);
  }
  setAttribute(name, value) {
    this[name] = value;
  }
  getAttribute(name) {
    return this[name];
  }
  get text() {
    return this.children.map((child) => child.text ?? String(child)).join("");
  }
}
globalThis.HTMLElement = globalThis.SVGUseElement = Part;
globalThis.document = {
  createElement: (tag) => new Part(tag),
  createElementNS: (_space, tag) => new Part(tag),
  querySelector: () => new Part("use"),
};
globalThis.gettext ??= (text) => text;

const { autoCheckList, gradedList, sameFindings } = await import(
  "../../../static/js/exercises/results.js"
);

const result = (check, passed, found = "", more = {}) => ({
  check,
  passed,
  found,
  points: 2,
  earned: passed ? 2 : 0,
  expected: "42",
  message: `${check} is wrong.`,
  read: "",
  waits_for: [],
  hidden: false,
  ...more,
});
const attempt = (results, more = {}) => ({
  results,
  score: 0,
  points: 4,
  passed: false,
  late: false,
  late_percent: 0,
  hint_cost: 0,
  ...more,
});
const classes = (list) => list.children.map(({ className }) => className);

test("a check that still fails shows what is found now", () => {
  const before = [result("answer", false, "41"), result("name", true)];
  const list = autoCheckList([result("answer", false, "40"), result("name", true)], before);
  assert.match(list.text, /Found40/);
  assert.doesNotMatch(list.text, /41/);
  assert.deepEqual(classes(list), ["result result--failed", "result result--passed"]);
});

test("what was never handed in is not yet, whatever is found", () => {
  const list = autoCheckList([result("answer", false, "40")], []);
  assert.deepEqual(classes(list), ["result result--open"]);
});

test("another finding is news, the same is none", () => {
  const before = [result("answer", false, "41"), result("name", true, "box")];
  assert.ok(sameFindings([result("answer", false, "41"), result("name", true, "ox")], before));
  assert.ok(!sameFindings([result("answer", false, "40"), result("name", true)], before));
  assert.ok(!sameFindings([result("answer", true), result("name", true)], before));
  assert.ok(!sameFindings([result("answer", false, "41")], []));
});

test("who is given a score by hand reads why, and what the checks found, without a cross", () => {
  const results = [result("answer", false, "41"), result("name", true)];
  const override = { reason: "Shown to me in class." };
  const list = gradedList(attempt(results, { override, passed: true, score: 4, hint_cost: 1 }));
  assert.match(list.text, /Your instructor has set this score:Shown to me in class\./);
  assert.match(list.text, /answer is wrong\./);
  assert.match(list.text, /Found41/);
  assert.doesNotMatch(list.text, /Hints took off/);
  assert.deepEqual(classes(list), [
    "results__override",
    "result result--overruled",
    "result result--passed",
  ]);
});

test("without a score by hand a failed check has its cross", () => {
  const list = gradedList(attempt([result("answer", false, "41")], { override: null }));
  assert.deepEqual(classes(list), ["result result--failed"]);
});
