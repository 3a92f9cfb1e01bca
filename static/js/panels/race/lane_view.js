/** Show one contestant of a race: its clock, what it takes, and its log. */

import { make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { comparison, seconds } from "./result.js";

/** @import { Lane } from "./result.js" */

const STILL_MS = 500;

export class LaneView {
  element = make("section", "lane");
  /** @type {Lane | null} */
  lane = null;
  #title = make("h3", "lane__title");
  #badge = make("span", "lane__badge", gettext("emulated"));
  #clock = make("p", "lane__clock");
  #state = make("p", "lane__state");
  #track = make("div", "lane__track", make("span", "lane__runner"));
  #facts = make("dl", "lane__facts");
  #log = make("ol", "lane__log");
  #heardAt = 0;
  #timer = 0;
  #logged = "";

  /** @param {"container" | "guest"} side */
  constructor(side) {
    this.element.dataset.side = side;
    this.#log.tabIndex = 0;
    this.#badge.hidden = true;
    const text = side === "guest" ? gettext("Virtual machine") : gettext("Container");
    this.name = text;
    this.#title.textContent = text;
    this.element.setAttribute("aria-label", text);
    this.#log.setAttribute("aria-label", fill(gettext("Log: %(name)s"), { name: text }));
    this.#log.setAttribute("role", "list");
    const head = make("div", "lane__head", this.#title, this.#badge);
    const now = make("div", "lane__now", this.#clock, this.#state);
    this.element.append(head, now, this.#track, this.#facts, this.#log);
  }

  /**
   * @param {Lane | null} lane
   * @param {string} machine
   * @param {number | null} predicted
   */
  show(lane, machine, predicted) {
    this.lane = lane;
    this.#heardAt = performance.now();
    const where = machine ? fill(gettext("%(name)s in %(machine)s"), { name: this.name, machine }) : this.name;
    this.#title.textContent = where;
    if (!lane) return;
    this.#badge.hidden = !lane.emulated;
    this.element.dataset.state = lane.answered && lane.state !== "failed" ? "done" : lane.state;
    const off = lane.answered ? comparison(predicted, lane.elapsed_ms) : "";
    this.#state.textContent = [stateText(lane), off].filter(Boolean).join(" – ");
    this.#showLog(lane);
    this.#tick();
  }

  /** Take a failure that the platform says no more of. @param {string} error */
  fail(error) {
    window.clearTimeout(this.#timer);
    this.element.dataset.state = "failed";
    this.#state.textContent = error;
  }

  /** @returns {number} what the clock shows, in ms */
  get elapsed() {
    const { lane } = this;
    if (!lane) return 0;
    const running = lane.state === "running" && !lane.answered;
    return lane.elapsed_ms + (running ? performance.now() - this.#heardAt : 0);
  }

  close() {
    window.clearTimeout(this.#timer);
  }

  /**
   * Draw what is compared with the other lane.
   *
   * @param {{memory: number, disk: number, ms: number}} most of both; 0 while one is not known
   */
  compare(most) {
    const facts = this.lane?.facts;
    const share = most.ms ? Math.min(1, this.elapsed / most.ms) : 0;
    this.#track.style.setProperty("--share", `${100 * share}%`);
    if (!this.lane?.kernel) return this.#facts.replaceChildren();
    const kernel = term("uname -r", make("code", "", this.lane.kernel));
    if (!facts) return this.#facts.replaceChildren(...kernel);
    const disk = fill(gettext("%(own)s of its own, %(shared)s shared"), {
      own: byteSize(facts.disk),
      shared: byteSize(facts.disk_shared),
    });
    const memory = facts.memory === null ? gettext("can't be seen from here") : byteSize(facts.memory);
    this.#facts.replaceChildren(
      ...kernel,
      ...term(gettext("Memory"), memory, bar([facts.memory ?? 0], most.memory)),
      ...term(gettext("Disk"), disk, bar([facts.disk, facts.disk_shared], most.disk)),
      ...term(gettext("Processes"), ...processesOf(facts)),
    );
  }

  #tick() {
    window.clearTimeout(this.#timer);
    this.#clock.textContent = this.lane?.id ? seconds(Math.round(this.elapsed / 10) * 10) : "–";
    if (this.lane?.state !== "running" || this.lane.answered) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#timer = window.setTimeout(() => this.#tick(), still ? STILL_MS : 50);
  }

  /** @param {Lane} lane */
  #showLog(lane) {
    const shown = this.#log.children.length;
    if (this.#logged !== lane.id || shown > lane.log.length + 1) {
      this.#logged = lane.id;
      this.#log.replaceChildren();
    }
    const list = this.#log;
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    for (const [at, text] of lane.log.slice(list.children.length)) {
      list.append(make("li", "", make("span", "lane__at", (at / 1000).toFixed(2)), text));
    }
    if (lane.dropped && !list.querySelector(".lane__dropped")) {
      const more = ngettext("%(count)s more line", "%(count)s more lines", lane.dropped);
      list.append(make("li", "lane__dropped", more));
    }
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}

/** @param {Lane} lane */
function stateText(lane) {
  if (lane.state === "failed") return lane.error;
  if (lane.answered) return gettext("until it answered");
  if (lane.state === "running") return gettext("starting …");
  if (lane.state === "preparing") {
    return lane.restarts ? gettext("being turned off first …") : gettext("getting ready …");
  }
  return gettext("not started");
}

/**
 * @param {string} title
 * @param {(Node | string)[]} content
 */
function term(title, ...content) {
  return [make("dt", "", title), make("dd", "", ...content)];
}

/**
 * @param {number[]} sizes the first is its own, the rest is shared with others
 * @param {number} most
 */
function bar(sizes, most) {
  const element = make("span", "lane__bar");
  element.hidden = !most;
  for (const [at, size] of sizes.entries()) {
    const part = make("span", at ? "lane__part lane__part--shared" : "lane__part");
    part.style.setProperty("--share", `${100 * Math.min(1, size / (most || 1))}%`);
    element.append(part);
  }
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** @param {import("./result.js").Facts} facts */
function processesOf(facts) {
  if (facts.processes === null) return [gettext("can't be seen from here")];
  const count = ngettext("%(count)s process", "%(count)s processes", facts.processes);
  const threads = facts.threads
    ? ngettext("%(count)s thread of a kernel", "%(count)s threads of a kernel", facts.threads)
    : "";
  const summary = make("summary", "", threads ? `${count}, ${threads}` : count);
  const items = facts.names.map((name) => make("li", "", name));
  return [make("details", "lane__processes", summary, make("ul", "", ...items))];
}
