/** List what each check of an exercise found. */

import { icon, make } from "../lib/dom.js";
import { pointsOf } from "../lib/format.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";

/**
 * @import { CheckResult, SubmissionPayload } from "../lib/api_types.js"
 * @typedef {"passed" | "failed" | "waiting" | "open"} ResultState
 */

const MARKS = { passed: "tick", failed: "cross", waiting: "clock", open: "dot" };
const SPOKEN = {
  passed: gettext("Passed"),
  failed: gettext("Failed"),
  waiting: gettext("Waiting"),
  open: gettext("Not yet"),
};

/**
 * Set what stands in `backticks`, by an author or a check, as code.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
function withCode(text) {
  const parts = text.split("`");
  const nodes = parts.map((part, index) => (index % 2 ? make("code", "", part) : part));
  return make("span", "", ...nodes);
}

/**
 * Begin a check's phrase with a capital: "a text" becomes "A text".
 *
 * @param {string} phrase
 */
function sentence(phrase) {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

/**
 * @param {string} term
 * @param {string | Node} description
 * @returns {Node[]}
 */
function entry(term, description) {
  return [make("dt", "", term), make("dd", "", description)];
}

/**
 * @param {string | Node} content
 * @returns {HTMLElement}
 */
function value(content) {
  return make("span", "result__value", content);
}

/**
 * @param {CheckResult} result
 * @returns {ResultState}
 */
function stateOf(result) {
  if (result.passed) return "passed";
  return result.waits_for.length ? "waiting" : "failed";
}

/**
 * @param {CheckResult} result
 * @returns {Node} what the row begins with
 */
function messageOf(result) {
  if (!result.passed) return withCode(result.message);
  return withCode(result.hidden ? gettext("A hidden check") : sentence(result.expected));
}

/**
 * @param {CheckResult} result
 * @param {CheckResult[]} all
 * @returns {HTMLElement} what has to come first, as the messages of those checks
 */
function prerequisitesOf(result, all) {
  const failed = all.filter(({ check, passed }) => result.waits_for.includes(check) && !passed);
  const messages = failed.map(({ message }) => withCode(message));
  return make("p", "result__first", gettext("First:"), " ", ...messages);
}

/**
 * @param {CheckResult} result
 * @returns {HTMLElement}
 */
function detailOf(result) {
  const { expected, found, read, hidden } = result;
  const detail = make("dl", "result__detail");
  if (expected) detail.append(...entry(gettext("Expected"), value(withCode(expected))));
  if (!hidden) detail.append(...entry(gettext("Found"), value(found || gettext("(nothing)"))));
  if (read) detail.append(...entry(gettext("Read"), withCode(read)));
  return detail;
}

/**
 * @param {CheckResult} result
 * @param {CheckResult[]} all of its exercise
 * @param {ResultState} state
 * @returns {HTMLElement}
 */
function row(result, all, state) {
  const mark = make("span", "result__mark", icon(MARKS[state]));
  const spoken = make("span", "visually-hidden", `${SPOKEN[state]}: `);
  const withheld = result.hidden && !result.passed;
  const tag = withheld ? make("span", "result__tag", gettext("hidden")) : "";
  const message = make("p", "result__message", spoken, messageOf(result), tag);
  const points = make("p", "result__points", pointsOf(result.earned, result.points));
  const item = make("li", `result result--${state}`, mark, message, points);
  item.dataset.of = result.check;
  if (state === "failed") item.append(detailOf(result));
  if (state === "waiting") item.append(prerequisitesOf(result, all));
  return item;
}

/**
 * @param {SubmissionPayload} submission
 * @returns {HTMLElement[]} what was taken off
 */
function deductions({ late, late_percent: percent, hint_cost: cost }) {
  const texts = [];
  if (cost) {
    texts.push(
      ngettext("Hints took off %(count)s point.", "Hints took off up to %(count)s points.", cost),
    );
  }
  if (percent) texts.push(fill(gettext("It was late: %(percent)s % less."), { percent }));
  else if (late) texts.push(gettext("It was late."));
  return texts.map((text) => make("li", "results__less", text));
}

/**
 * @param {HTMLElement[]} rows
 * @returns {HTMLElement}
 */
function listOf(rows) {
  const list = make("ul", "results__list", ...rows);
  list.setAttribute("aria-label", gettext("What each check found"));
  return list;
}

/**
 * List the results of a graded submission, and what was taken off.
 *
 * @param {SubmissionPayload} submission
 * @returns {HTMLElement}
 */
export function gradedList(submission) {
  const { results } = submission;
  const rows = results.map((result) => row(result, results, stateOf(result)));
  return listOf([...rows, ...deductions(submission)]);
}

/**
 * Whether the same checks pass.
 *
 * @param {{ check: string, passed: boolean }[]} now
 * @param {{ check: string, passed: boolean }[]} before
 */
export function sameChecksPass(now, before) {
  const passed = new Set(before.filter((result) => result.passed).map(({ check }) => check));
  return before.length > 0 && now.every((result) => result.passed === passed.has(result.check));
}

/**
 * List what holds at the moment, without having been handed in.
 *
 * What failed in the last attempt and still does is shown as it was then; the rest is not yet.
 *
 * @param {CheckResult[]} now
 * @param {CheckResult[]} before
 * @returns {HTMLElement}
 */
export function autoCheckList(now, before) {
  const failed = new Map(
    before.filter((result) => !result.passed).map((result) => [result.check, result]),
  );
  return listOf(
    now.map((result) => {
      const state = stateOf(result);
      if (state !== "failed") return row(result, now, state);
      const known = failed.get(result.check);
      return known ? row(known, before, stateOf(known)) : row(result, now, "open");
    }),
  );
}
