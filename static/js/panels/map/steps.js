/** Break a call or a command into steps: what lights up in the drawing, and what to say of it. */

import { fill, gettext } from "../../lib/i18n.js";
import { explain, explainStatus, milliseconds } from "./explain.js";
import { clientName } from "./group.js";

/**
 * @import { Call } from "./explain.js"
 * @import { Command } from "./group.js"
 */

/**
 * @typedef {object} Step
 * @property {string[]} way edges of the drawing, in their order; "-edge" is gone backwards
 * @property {string} subject a container's name or id, "" for none
 * @property {string} caption
 * @property {Call} call
 */

const ASK = ["client-socket", "socket-dockerd"];
const ANSWER = ["-socket-dockerd", "-client-socket"];

/** @type {Record<string, string[]>} where dockerd turns to */
const ONWARD = {
  ask: [],
  shelf: ["dockerd-shelf"],
  registry: ["dockerd-registry"],
  runtime: ["dockerd-containerd", "containerd-runc", "runc-containers"],
  network: ["dockerd-networks"],
  volume: ["dockerd-volumes"],
};

/**
 * @param {Call} call
 * @returns {{way: string[], subject: string}} what one call lights up, as it is made
 */
export function wayOf(call) {
  const { way, subject } = explain(call);
  const done = !call.status || call.status < 400;
  return { way: [...ASK, ...(done ? ONWARD[way] : [])], subject };
}

/**
 * @param {Command} command
 * @returns {Step[]}
 */
export function stepsOf(command) {
  const [first] = command.calls;
  const client = clientName(command.program);
  const begin = fill(gettext("You press Enter, and %(client)s begins: a program that only passes orders on."), { client });
  const steps = [{ way: ["you-client"], subject: "", caption: begin, call: first }];
  return steps.concat(command.calls.flatMap((call) => stepsOfCall(call)));
}

/**
 * @param {Call} call
 * @returns {Step[]}
 */
function stepsOfCall(call) {
  const { title, way, subject, weight } = explain(call);
  const client = clientName(call.program);
  if (!weight) {
    const caption = fill(gettext("%(client)s: “%(title)s” %(answer)s"), {
      client,
      title,
      answer: answerOf(call),
    });
    return [{ way: [...ASK, ...ANSWER], subject: "", caption, call }];
  }
  const order = fill(gettext("%(client)s asks dockerd over the socket: %(title)s"), { client, title });
  const steps = [{ way: ASK, subject: "", caption: order, call }];
  const failed = call.status >= 400;
  if (!failed) {
    for (const { edge, caption } of onwardSteps(way, call)) {
      steps.push({ way: [edge], subject, caption, call });
    }
  }
  steps.push({ way: ANSWER, subject: "", caption: answerOf(call), call });
  return steps;
}

/** @param {Call} call */
function answerOf(call) {
  if (!call.status) return fill(gettext("dockerd gives %(meaning)s."), { meaning: explainStatus(call) });
  return fill(gettext("dockerd answers %(status)s after %(time)s: %(meaning)s."), {
    status: call.status,
    time: milliseconds(call.ms),
    meaning: explainStatus(call),
  });
}

/**
 * @param {string} way
 * @param {Call} call
 * @returns {{edge: string, caption: string}[]}
 */
function onwardSteps(way, call) {
  if (way === "runtime") return runtimeSteps(call);
  const captions = {
    shelf: gettext("dockerd turns to its images. They lie in its own folder, as layers."),
    registry: gettext("dockerd talks with the registry, over the network."),
    network: gettext("dockerd turns to its networks: bridges and rules of the kernel."),
    volume: gettext("dockerd turns to its volumes: folders that outlive containers."),
  };
  const caption = captions[/** @type {keyof typeof captions} */ (way)];
  return caption ? [{ edge: ONWARD[way][0], caption }] : [];
}

/** @param {Call} call */
function runtimeSteps(call) {
  const begins = /\/(start|restart)$/.test(call.path.replace(/\?.*$/s, ""));
  const runc = begins
    ? gettext("containerd runs runc, which asks the kernel for namespaces and limits.")
    : gettext("containerd, through its shim, reaches the container's processes.");
  const last = begins
    ? gettext("runc becomes the first process in there, and the container lives.")
    : gettext("It reaches the container.");
  return [
    {
      edge: "dockerd-containerd",
      caption: gettext("dockerd hands that to containerd, which looks after running containers."),
    },
    { edge: "containerd-runc", caption: runc },
    { edge: "runc-containers", caption: last },
  ];
}
