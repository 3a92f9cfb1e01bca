/** List what each check of an exercise found. */

import { icon, make } from "../lib/dom.js";
import { pointsOf } from "../lib/format.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { reading, withCode } from "./reading.js";

/**
 * @import { CheckResult, SubmissionPayload } from "../lib/api_types.js"
 * @typedef {"passed" | "failed" | "waiting" | "open" | "overruled"} ResultState
 */

const MARKS = { passed: "tick", failed: "cross", waiting: "clock", open: "dot", overruled: "dot" };
const SPOKEN = {
  passed: gettext("Passed"),
  failed: gettext("Failed"),
  waiting: gettext("Waiting"),
  open: gettext("Not yet"),
  overruled: gettext("Did not pass"),
};

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
  if (read) detail.append(...entry(gettext("Read"), reading(read)));
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
  if (state === "failed" || state === "overruled") item.append(detailOf(result));
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
 * @param {SubmissionPayload} submission
 * @returns {HTMLElement[]} why an instructor has set the score, in place of the checks
 */
function overrideOf({ override, results }) {
  if (!override) return [];
  const says = make("p", "", gettext("Your instructor has set this score:"));
  const reason = make("p", "results__reason", override.reason);
  const heading = results.some(({ passed }) => !passed)
    ? [make("p", "", gettext("What the checks found does not count any more. They found:"))]
    : [];
  return [make("li", "results__override", says, reason, ...heading)];
}

/**
 * List the results of a graded submission, what was taken off, and who has set the score.
 *
 * @param {SubmissionPayload} submission
 * @returns {HTMLElement}
 */
export function gradedList(submission) {
  const { results, override } = submission;
  const rows = results.map((result) => {
    const state = stateOf(result);
    return row(result, results, override && state === "failed" ? "overruled" : state);
  });
  const less = override ? [] : deductions(submission);
  return listOf([...overrideOf(submission), ...rows, ...less]);
}

/**
 * Whether the same checks pass, and those that fail have found the same.
 *
 * @param {{ check: string, passed: boolean, found?: string }[]} now
 * @param {{ check: string, passed: boolean, found?: string }[]} before
 */
export function sameFindings(now, before) {
  const known = new Map(before.map((result) => [result.check, result]));
  return (
    before.length > 0 &&
    now.every((result) => {
      const old = known.get(result.check);
      if (!old) return !result.passed;
      return old.passed === result.passed && (result.passed || old.found === result.found);
    })
  );
}

/**
 * List what holds at the moment, without having been handed in.
 *
 * What failed in the last attempt and still does is shown with what is found now; the rest is not
 * yet.
 *
 * @param {CheckResult[]} now
 * @param {CheckResult[]} before
 * @returns {HTMLElement}
 */
export function autoCheckList(now, before) {
  const failed = before.filter((result) => stateOf(result) === "failed");
  const known = new Set(failed.map(({ check }) => check));
  return listOf(
    now.map((result) => {
      const state = stateOf(result);
      return row(result, now, state === "failed" && !known.has(result.check) ? "open" : state);
    }),
  );
}
