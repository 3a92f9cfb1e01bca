/** Word what an engine has, as Docker's own commands do. Depends on the arguments and the language. */

import { fill, gettext, ngettext } from "../../lib/i18n.js";

/**
 * @typedef {object} Port as panels/topics/containers.py describes it
 * @property {number} public 0 for a port that is not published
 * @property {number} private
 * @property {string} protocol
 * @property {string} address
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Docker's own names for an image, a tag or a container have no other characters. */
const PLAIN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/**
 * @param {number} value
 * @returns {string} with three digits, or all before the point
 */
function threeDigits(value) {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/**
 * @param {number} bytes
 * @param {number} step
 * @param {string[]} units
 */
function scaled(bytes, step, units) {
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${threeDigits(value)}\u00a0${units[unit]}`;
}

/**
 * @param {number} bytes
 * @returns {string} "4.2 MiB", as `docker stats` counts
 */
export function memorySize(bytes) {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/**
 * @param {number} percent of one processor
 * @returns {string} "0.3 %", "12 %"
 */
export function share(percent) {
  const rounded = percent >= 10 ? Math.round(percent) : Math.round(percent * 10) / 10;
  return `${rounded}\u00a0%`;
}

/**
 * @param {number} seconds
 * @returns {string} "just now", "5 min ago", "3 days ago"
 */
export function ago(seconds) {
  if (!(seconds >= MINUTE)) return gettext("just now");
  if (seconds < HOUR) {
    return fill(gettext("%(minutes)s min ago"), { minutes: Math.floor(seconds / MINUTE) });
  }
  if (seconds < DAY) return fill(gettext("%(hours)s h ago"), { hours: Math.floor(seconds / HOUR) });
  const days = Math.floor(seconds / DAY);
  if (days < 365) return ngettext("%(count)s day ago", "%(count)s days ago", days);
  return ngettext("%(count)s year ago", "%(count)s years ago", Math.floor(days / 365));
}

/**
 * @param {string} id
 * @returns {string} the twelve digits that Docker's commands show
 */
export function shortId(id) {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/**
 * Split an image's name.
 *
 * @param {string} reference "registry:5000/me/app:1"
 * @returns {{name: string, tag: string}}
 */
export function splitReference(reference) {
  const slash = reference.lastIndexOf("/");
  const colon = reference.indexOf(":", slash + 1);
  if (colon < 0) return { name: reference, tag: "" };
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/**
 * List ports once each: an engine repeats a published one for every kind of address.
 *
 * @param {Port[]} ports
 * @returns {Port[]} published ones first
 */
export function portsOnce(ports) {
  /** @type {Map<string, Port>} */
  const known = new Map();
  for (const port of ports) known.set(`${port.public} ${port.private} ${port.protocol}`, port);
  return [...known.values()].sort(
    (a, b) => Number(!a.public) - Number(!b.public) || a.public - b.public || a.private - b.private,
  );
}

/**
 * @param {Port} port
 * @returns {string} "8080 → 80", "53/udp"
 */
export function portText(port) {
  const inner = port.protocol === "tcp" ? `${port.private}` : `${port.private}/${port.protocol}`;
  return port.public ? `${port.public}\u00a0→\u00a0${inner}` : inner;
}

/**
 * Say how a container's state looks.
 *
 * @param {string} state the engine's word
 * @param {string} status the engine's sentence, "Exited (1) 5 seconds ago"
 * @returns {"running" | "paused" | "waiting" | "failed" | "stopped"}
 */
export function lookOf(state, status) {
  if (state === "running") return status.includes("(unhealthy)") ? "failed" : "running";
  if (state === "paused") return "paused";
  if (["restarting", "created", "removing"].includes(state)) return "waiting";
  if (state === "dead") return "failed";
  const code = /^Exited \((\d+)\)/.exec(status)?.[1] ?? "0";
  // Ended by `docker stop`: 143 by its signal, 137 when that was ignored.
  return ["0", "143", "137"].includes(code) ? "stopped" : "failed";
}

/**
 * Write the command that opens a shell in a container. It is typed into a shell, and an engine can
 * lie about names: what Docker would not call anything is never part of it.
 *
 * @param {string} name
 * @param {string} id
 * @returns {string} "" where neither can be one
 */
export function shellCommand(name, id) {
  if (PLAIN.test(name)) return `docker exec -it ${name} sh`;
  return /^[0-9a-f]{64}$/.test(id) ? `docker exec -it ${shortId(id)} sh` : "";
}
