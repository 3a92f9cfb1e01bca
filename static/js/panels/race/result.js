/** Say how a race went. Depends on its arguments alone. */

import { byteSize, quantity, roundNumber } from "../../lib/format.js";
import { fill, gettext } from "../../lib/i18n.js";

/**
 * @typedef {object} Facts what was measured once it had answered
 * @property {string} image
 * @property {number | null} memory bytes; null where nobody can see it
 * @property {number} disk bytes of its own
 * @property {number} disk_shared bytes that others share
 * @property {number | null} processes
 * @property {string[]} names "pid name" of the first of them
 * @property {number} threads of a kernel of its own
 *
 * @typedef {object} Lane as panels/kinds/race.py describes it
 * @property {"container" | "guest"} side
 * @property {boolean} emulated
 * @property {boolean} restarts whether the student's own guest is started anew
 * @property {string} id of the race; "" before the first
 * @property {"idle" | "preparing" | "running" | "done" | "failed"} state
 * @property {number} elapsed_ms
 * @property {boolean} answered
 * @property {string} kernel
 * @property {string} error
 * @property {[number, string][]} log
 * @property {number} dropped
 * @property {Facts | null} facts until it is measured
 *
 * @typedef {object} Predictions in seconds
 * @property {number | null} container
 * @property {number | null} guest
 */

/** @param {number} ms */
export function seconds(ms) {
  return quantity(ms / 1000, "s");
}

/** @param {number} factor */
function factorText(factor) {
  return roundNumber(Number(factor.toPrecision(2)));
}

/**
 * Read a number of seconds as people write it.
 *
 * @param {string} text
 * @returns {number | null}
 */
export function readSeconds(text) {
  const match = /^\s*(\d{1,6}(?:[.,]\d{1,6})?)\s*(m?s)?\s*$/i.exec(text);
  if (!match) return null;
  const value = Number(match[1].replace(",", "."));
  return match[2]?.toLowerCase() === "ms" ? value / 1000 : value;
}

/**
 * @param {Lane} container
 * @param {Lane} guest
 * @returns {string[]} sentences
 */
export function resultSentences(container, guest) {
  const values = {
    container: seconds(container.elapsed_ms),
    guest: seconds(guest.elapsed_ms),
    times: factorText(guest.elapsed_ms / Math.max(1, container.elapsed_ms)),
  };
  const sentences = [
    fill(
      gettext(
        "The container answered after %(container)s, the virtual machine after %(guest)s: %(times)s times as long.",
      ),
      values,
    ),
  ];
  const memory = [container.facts?.memory, guest.facts?.memory];
  if (memory[0] && memory[1]) {
    const sizes = { container: byteSize(memory[0]), guest: byteSize(memory[1]) };
    sentences.push(
      fill(gettext("The container holds %(container)s of memory, the virtual machine %(guest)s."), sizes),
    );
  }
  if (guest.emulated) {
    sentences.push(
      gettext(
        "The virtual machine was emulated; with the help of hardware it starts in about a second.",
      ),
    );
  }
  return sentences;
}

/**
 * Say how far a prediction was off.
 *
 * @param {number | null} predicted in seconds
 * @param {number} ms
 * @returns {string} "" without a prediction
 */
export function comparison(predicted, ms) {
  if (predicted === null) return "";
  const measured = ms / 1000;
  const values = { predicted: quantity(predicted, "s") };
  const text = fill(gettext("you said %(predicted)s"), values);
  if (predicted <= 0 || measured <= 0) return text;
  const factor = Math.max(predicted / measured, measured / predicted);
  if (factor < 1.25) return fill(gettext("%(text)s: well predicted"), { text });
  const off = { text, times: factorText(factor) };
  return predicted > measured
    ? fill(gettext("%(text)s: %(times)s times too long"), off)
    : fill(gettext("%(text)s: %(times)s times too short"), off);
}

/**
 * Choose a machine for each side.
 *
 * @param {Map<string, Lane>} lanes by machine
 * @param {string} chosen the machine that the page is about
 * @returns {{container: string, guest: string}} "" where there is none
 */
export function contestants(lanes, chosen) {
  const of = (/** @type {string} */ side) => {
    const names = [...lanes].filter(([, lane]) => lane.side === side).map(([name]) => name);
    return names.includes(chosen) ? chosen : (names[0] ?? "");
  };
  return { container: of("container"), guest: of("guest") };
}
