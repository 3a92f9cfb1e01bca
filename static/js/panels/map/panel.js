/** Draw a machine's Docker engine, and what the commands that reach it do. */

import { make } from "../../lib/dom.js";
import { CallsList } from "./calls_list.js";
import { Drawing } from "./drawing.js";
import { describeFacts, factsOf } from "./facts.js";
import { groupCalls } from "./group.js";
import { Replay } from "./replay.js";
import { wayOf } from "./steps.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Call } from "./explain.js"
 */

const TOPICS = ["containers", "images", "networks", "volumes"];
/** So many calls of one moment are lit, the latest ones. */
const LIT_AT_ONCE = 12;
const LEAST_WIDTH = 300;

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  const moves = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const drawing = new Drawing(moves);
  const replay = new Replay(drawing, () => undefined);
  const list = new CallsList((command) => replay.start(command));
  const stage = make("div", "map-stage", drawing.root);
  const problem = make("p", "panel__problem");
  const facts = make("ul", "visually-hidden");
  root.replaceChildren(make("div", "map", make("div", "map-left", problem, stage, replay.root, facts), list.root));

  /** @type {Record<string, any>} */
  const topics = {};
  /** @type {Record<string, string>} */
  const errors = {};
  let latestId = -1;
  let width = 0;

  function draw() {
    const known = factsOf(topics);
    const error = TOPICS.map((topic) => errors[topic]).find(Boolean) ?? "";
    problem.textContent = error;
    problem.hidden = !error;
    if (width) drawing.update(Math.max(LEAST_WIDTH, width), known);
    replay.refresh();
    facts.replaceChildren(...describeFacts(known).map((line) => make("li", "", line)));
  }

  /** @param {Call[]} calls */
  function follow(calls) {
    const last = calls.length ? calls[calls.length - 1].id : 0;
    const restarted = last < latestId;
    const fresh = latestId < 0 || restarted ? [] : calls.filter(({ id }) => id > latestId);
    latestId = last;
    if (replay.active) return;
    for (const call of fresh.slice(-LIT_AT_ONCE)) {
      const { way, subject } = wayOf(call);
      drawing.light(["you-client", ...way], subject);
    }
    const latest = fresh[fresh.length - 1];
    if (latest) drawing.send(["you-client", ...wayOf(latest).way], 700);
  }

  const stops = TOPICS.map((topic) =>
    context.watch(topic, ({ data, error }) => {
      errors[topic] = error;
      topics[topic] = data;
      draw();
    }),
  );
  stops.push(
    context.watch("calls", ({ data, error }) => {
      list.update(groupCalls(data?.calls ?? []), error);
      if (data) follow(data.calls);
      else latestId = -1;
    }),
  );
  const sizes = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    draw();
  });
  sizes.observe(stage);
  return () => {
    for (const stop of stops) stop();
    sizes.disconnect();
    replay.stop();
  };
}
