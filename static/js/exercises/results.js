/** What each check of an exercise found, as rows of a list. */

import { icon, make } from "../lib/dom.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { pointsOf } from "../workspace/sandbox_status.js";

/**
 * @typedef {import("../lib/api_types.js").CheckResult} CheckResult
 * @typedef {import("../lib/api_types.js").SubmissionPayload} Submission
 * @typedef {"passed" | "failed" | "waiting" | "open"} Standing
 */

const MARKS = { passed: "tick", failed: "cross", waiting: "clock", open: "dot" };
const SPOKEN = {
  passed: gettext("Passed"),
  failed: gettext("Failed"),
  waiting: gettext("Waiting"),
  open: gettext("Not yet"),
};

/** An author's or a judge's words, in which `this` is code. @param {string} text @returns {HTMLElement} */
function words(text) {
  const pieces = text.split("`").map((piece, index) => (index % 2 ? make("code", "", piece) : piece));
  return make("span", "", ...pieces);
}

/** A judge's phrase at the start of a line: "a text" becomes "A text". @param {string} phrase */
function sentence(phrase) {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

/** @param {string} term @param {string | Node} value @returns {Node[]} */
function entry(term, value) {
  return [make("dt", "", term), make("dd", "", value)];
}

/** @param {string | Node} content @returns {HTMLElement} */
function value(content) {
  return make("span", "result__value", content);
}

/** @param {CheckResult} result @returns {Standing} */
function standingOf(result) {
  if (result.passed) return "passed";
  return result.waits_for.length ? "waiting" : "failed";
}

/** @param {CheckResult} result @returns {Node} what the row says first */
function messageOf(result) {
  if (!result.passed) return words(result.message);
  return result.hidden ? words(gettext("A hidden check")) : words(sentence(result.expected));
}

/** @param {CheckResult} result @param {CheckResult[]} all
 * @returns {HTMLElement} what has to come first, in the words of those checks */
function firstOf(result, all) {
  const firsts = all.filter(({ check, passed }) => result.waits_for.includes(check) && !passed);
  return make("p", "result__first", gettext("First:"), " ", ...firsts.map(({ message }) => words(message)));
}

/** @param {CheckResult} result @returns {HTMLElement} */
function detailOf(result) {
  const detail = make("dl", "result__detail");
  if (result.expected) detail.append(...entry(gettext("Expected"), value(words(result.expected))));
  if (!result.hidden) detail.append(...entry(gettext("Found"), value(result.found || gettext("(nothing)"))));
  if (result.read) detail.append(...entry(gettext("Read"), words(result.read)));
  return detail;
}

/** @param {CheckResult} result @param {CheckResult[]} all of its exercise @param {Standing} standing @returns {HTMLElement} */
function row(result, all, standing) {
  const mark = make("span", "result__mark", icon(MARKS[standing]));
  const spoken = make("span", "visually-hidden", `${SPOKEN[standing]}: `);
  const hidden = result.hidden && !result.passed ? make("span", "result__tag", gettext("hidden")) : "";
  const message = make("p", "result__message", spoken, messageOf(result), hidden);
  const made = make("li", `result result--${standing}`, mark, message, make("p", "result__points", pointsOf(result.earned, result.points)));
  made.dataset.of = result.check;
  if (standing === "failed") made.append(detailOf(result));
  if (standing === "waiting") made.append(firstOf(result, all));
  return made;
}

/** What was taken off. @param {Submission} submission @returns {HTMLElement[]} */
function deductions({ late, late_percent: percent, hint_cost: cost }) {
  const said = [];
  if (cost) said.push(ngettext("Hints took off %(count)s point.", "Hints took off up to %(count)s points.", cost));
  if (percent) said.push(fill(gettext("It was late: %(percent)s % less."), { percent }));
  else if (late) said.push(gettext("It was late."));
  return said.map((text) => make("li", "results__less", text));
}

/** @param {HTMLElement[]} rows @returns {HTMLElement} */
function listOf(rows) {
  const list = make("ul", "results__list", ...rows);
  list.setAttribute("aria-label", gettext("What each check found"));
  return list;
}

/** @param {Submission} submission a graded one @returns {HTMLElement} */
export function gradedList(submission) {
  const { results } = submission;
  return listOf([...results.map((result) => row(result, results, standingOf(result))), ...deductions(submission)]);
}

/** Whether the same checks hold. @param {{ check: string, passed: boolean }[]} now @param {{ check: string, passed: boolean }[]} before */
export function holdsAlike(now, before) {
  const held = new Set(before.filter((result) => result.passed).map((result) => result.check));
  return before.length > 0 && now.every((result) => result.passed === held.has(result.check));
}

/** What holds just now, without having been handed in. What failed when it was last handed in, and still does, is shown
 * as it was then; the rest is not yet. @param {CheckResult[]} now @param {CheckResult[]} before @returns {HTMLElement} */
export function liveList(now, before) {
  const failed = new Map(before.filter((result) => !result.passed).map((result) => [result.check, result]));
  return listOf(
    now.map((result) => {
      const standing = standingOf(result);
      if (standing !== "failed") return row(result, now, standing);
      const known = failed.get(result.check);
      return known ? row(known, before, standingOf(known)) : row(result, now, "open");
    }),
  );
}
