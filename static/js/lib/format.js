/** Format points, times and sizes for a reader. Depends on its arguments and the language alone. */

import { fill, gettext, ngettext } from "./i18n.js";

/**
 * @param {number} earned
 * @param {number} points
 * @returns {string} "1 of 2 points"
 */
export function pointsOf(earned, points) {
  return fill(ngettext("%(earned)s of %(count)s point", "%(earned)s of %(count)s points", points), {
    earned,
  });
}

/**
 * @param {number} points
 * @returns {string} "1 point", "2 points"
 */
export function pointsIn(points) {
  return ngettext("%(count)s point", "%(count)s points", points);
}

/**
 * @param {number} passed
 * @param {number} exercises
 * @returns {string}
 */
export function exercisesPassed(passed, exercises) {
  const text = ngettext(
    "%(passed)s of %(count)s exercise passed",
    "%(passed)s of %(count)s exercises passed",
    exercises,
  );
  return fill(text, { passed });
}

/**
 * @param {number} finished
 * @param {number} lessons
 * @returns {string}
 */
export function lessonsFinished(finished, lessons) {
  const text = ngettext(
    "%(finished)s of %(count)s lesson finished",
    "%(finished)s of %(count)s lessons finished",
    lessons,
  );
  return fill(text, { finished });
}

/**
 * @param {number} seconds
 * @returns {string} "1 h 5 min", "12 min", "less than a minute"
 */
export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return gettext("less than a minute");
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return fill(gettext("%(minutes)s min"), { minutes });
  if (!rest) return fill(gettext("%(hours)s h"), { hours });
  return fill(gettext("%(hours)s h %(rest)s min"), { hours, rest });
}

/**
 * @param {number} seconds
 * @returns {string} a guess, rounded as guesses should be
 */
export function estimate(seconds) {
  if (seconds < 10) return gettext("a few seconds");
  if (seconds < 55) {
    return fill(gettext("about %(seconds)s seconds"), { seconds: Math.ceil(seconds / 10) * 10 });
  }
  if (seconds < 90) return gettext("about a minute");
  return fill(gettext("about %(time)s"), { time: duration(Math.round(seconds / 60) * 60) });
}

/**
 * @param {number} bytes
 * @returns {string} "50 MB", with a space that no line breaks at
 */
export function megabytes(bytes) {
  return fill(gettext("%(number)s\u00a0MB"), { number: Math.round(bytes / 1_000_000) });
}

/**
 * Write a number with three digits, or all before the point.
 *
 * Thousands are set apart by a narrow space, as the server does (core/units.py): a comma could be
 * read as a decimal one, and whoever copies the number into an answer would be asked what it means.
 *
 * @param {number} value
 * @returns {string}
 */
export function roundNumber(value) {
  const large = Math.abs(value) >= 1000;
  const digits = large ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  const language = globalThis.document?.documentElement.lang || "en";
  return new Intl.NumberFormat(language, digits)
    .formatToParts(value)
    .map(({ type, value: part }) => (type === "group" ? "\u202f" : part))
    .join("");
}

/**
 * @param {number} value
 * @param {string} unit
 * @returns {string} rounded, with a space that no line breaks at
 */
export function quantity(value, unit) {
  return unit ? `${roundNumber(value)}\u00a0${unit}` : roundNumber(value);
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/**
 * Write a number of bytes as Docker does: a thousand of one unit are one of the next.
 *
 * @param {number} bytes
 * @returns {string} "0 B", "12.3 kB", "84.2 MB"
 */
export function byteSize(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return quantity(value, BYTE_UNITS[unit]);
}
