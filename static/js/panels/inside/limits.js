/** Say how much of its limits a machine uses. Depends on its arguments alone. */

import { quantity } from "../../lib/format.js";
import { fill, gettext } from "../../lib/i18n.js";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/**
 * @typedef {object} Limits as sandboxes/engine/facts.py has them (ResourceUse)
 * @property {number} memory_bytes
 * @property {number} memory_limit 0 for none
 * @property {number} processes
 * @property {number} processes_limit
 * @property {number} cpu_seconds
 * @property {number} cpus_limit
 * @property {number} held_back_seconds
 * @property {number} at
 *
 * @typedef {object} Meter
 * @property {string} key
 * @property {string} title
 * @property {string} text
 * @property {number | null} share between 0 and 1; null without a limit, or while nothing is known
 */

/**
 * @param {number} bytes
 * @returns {string}
 */
export function binarySize(bytes) {
  return bytes >= GIB ? quantity(bytes / GIB, "GiB") : quantity(bytes / MIB, "MiB");
}

/**
 * @param {Limits} now
 * @param {Limits | null} before an earlier sample, for what is used in a second
 * @returns {Meter[]}
 */
export function meters(now, before) {
  const cpus = used(now, before);
  return [
    {
      key: "memory",
      title: gettext("Memory"),
      text: of(binarySize(now.memory_bytes), now.memory_limit && binarySize(now.memory_limit)),
      share: share(now.memory_bytes, now.memory_limit),
    },
    {
      key: "processes",
      title: gettext("Processes"),
      text: of(String(now.processes), now.processes_limit),
      share: share(now.processes, now.processes_limit),
    },
    {
      key: "processor",
      title: gettext("Processor"),
      text: cpus === null ? "…" : of(cpus.toFixed(2), now.cpus_limit && cores(now.cpus_limit)),
      share: cpus === null ? null : share(cpus, now.cpus_limit),
    },
  ];
}

/**
 * @param {Limits} now
 * @param {Limits | null} before
 * @returns {number | null} cores used since then
 */
function used(now, before) {
  const seconds = before ? now.at - before.at : 0;
  // It counts anew from 0 after the machine was started again.
  if (!before || seconds <= 0 || now.cpu_seconds < before.cpu_seconds) return null;
  return (now.cpu_seconds - before.cpu_seconds) / seconds;
}

/** @param {number} count */
function cores(count) {
  return count === 1 ? gettext("1 core") : fill(gettext("%(count)s cores"), { count });
}

/**
 * @param {string} use
 * @param {string | number} limit
 */
function of(use, limit) {
  if (!limit) return fill(gettext("%(use)s, no limit"), { use });
  return fill(gettext("%(use)s of %(limit)s"), { use, limit });
}

/**
 * @param {number} use
 * @param {number} limit
 */
function share(use, limit) {
  return limit > 0 ? Math.min(1, use / limit) : null;
}
