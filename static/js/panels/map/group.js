/**
 * Put calls together that one command has made: by the process that made them and how close they
 * are in time. Nothing is known of what was typed.
 */

import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { explain } from "./explain.js";

/** @import { Call } from "./explain.js" */

/**
 * @typedef {object} Command
 * @property {number} id that of its first call
 * @property {Call[]} calls oldest first
 * @property {string} program
 */

/** A process that says nothing for so long, and then something: its number has a new owner. */
const SAME_PROCESS_MS = 10 * 60_000;
/** So soon after it a command's helper is started, such as docker-buildx. */
const HELPER_MS = 1_500;
/** So close are calls of one command when nobody knows whose they are. */
const CLOSE_MS = 250;

/**
 * @param {Call[]} calls oldest first
 * @returns {Command[]} oldest first
 */
export function groupCalls(calls) {
  /** @type {Command[]} */
  const commands = [];
  for (const call of calls) {
    const command = commands.findLast((earlier) => belongs(call, earlier));
    if (command) command.calls.push(call);
    else commands.push({ id: call.id, calls: [call], program: call.program });
  }
  return commands;
}

/**
 * @param {Call} call
 * @param {Command} command
 */
function belongs(call, command) {
  const last = command.calls[command.calls.length - 1];
  const gap = call.time - last.time;
  if (command.calls.some((earlier) => earlier.connection === call.connection)) return true;
  if (!call.pid || !last.pid) return !call.pid && !last.pid && gap <= CLOSE_MS;
  if (command.calls.some((earlier) => earlier.pid === call.pid && earlier.program === call.program)) {
    return gap <= SAME_PROCESS_MS;
  }
  return isHelper(call, command) && gap <= HELPER_MS;
}

/**
 * Whether a call comes from a program that `docker` starts for a part of its work. All that `docker`
 * has done until then is to greet the engine.
 *
 * @param {Call} call
 * @param {Command} command
 */
function isHelper(call, command) {
  const started = command.calls.filter((earlier) => earlier.program === command.program);
  return (
    call.program.startsWith(`${command.program}-`) &&
    started.every((earlier) => explain(earlier).weight <= 1)
  );
}

/**
 * @param {Command} command
 * @returns {Call} the one that says what it is for
 */
export function mainCall({ calls }) {
  return calls.reduce((main, call) => (explain(call).weight > explain(main).weight ? call : main));
}

/**
 * @param {Command} command
 * @returns {{title: string, hint: string}} what was done, and with which command it may have been
 */
export function describeCommand(command) {
  const of = (/** @type {RegExp} */ pattern) =>
    command.calls.filter((call) => call.method === "POST" && pattern.test(call.path));
  const created = of(/\/containers\/create/).filter(({ status }) => status === 201);
  const started = of(/\/containers\/[^/]+\/start/);
  const fetched = of(/\/images\/create/);
  const composes = command.program === "docker-compose" || created.length > 1;
  if (started.length && created.length && !composes) {
    const title = fetched.length
      ? gettext("Fetch an image, make a container from it and start it")
      : gettext("Make a container and start it");
    return { title, hint: "docker run" };
  }
  if (composes && created.length) {
    const title = ngettext(
      "Make and start %(count)s container",
      "Make and start %(count)s containers",
      created.length,
    );
    return { title, hint: "docker compose up" };
  }
  if (of(/\/(session|grpc|build)($|\?)/).length) {
    return { title: gettext("Build an image"), hint: "docker build" };
  }
  const { title, hint, weight } = explain(mainCall(command));
  if (!weight) return { title: gettext("Greet the engine"), hint: "" };
  return { title, hint };
}

/**
 * @param {Command} command
 * @returns {string} "5 calls"
 */
export function countCalls({ calls }) {
  return ngettext("%(count)s call", "%(count)s calls", calls.length);
}

/**
 * @param {string} program
 * @returns {string} how a client is called
 */
export function clientName(program) {
  return program || gettext("a client");
}

/**
 * @param {string} title
 * @param {string} hint
 * @returns {string}
 */
export function withHint(title, hint) {
  return hint ? fill(gettext("%(title)s: %(hint)s"), { title, hint }) : title;
}
