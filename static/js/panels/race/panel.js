/** Start a container and a virtual machine by one button, and show both until they answer. */

import { announce, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { LaneView } from "./lane_view.js";
import { comparison, contestants, readSeconds, resultSentences } from "./result.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Sample } from "../panel_socket.js"
 * @import { Lane } from "./result.js"
 *
 * @typedef {"container" | "guest"} Side
 */

/** @type {Side[]} */
const SIDES = ["container", "guest"];
const DRAW_MS = 250;
/** What was predicted stays while the page does. @type {Record<Side, string>} */
const predicted = { container: "", guest: "" };

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 */
export function openPanel(root, context) {
  const view = new RaceView(root, context);
  return () => view.close();
}

class RaceView {
  #context;
  #problem = make("p", "panel__problem");
  #start = /** @type {HTMLButtonElement} */ (make("button", "button button--small race__start"));
  #warning = make("p", "race__note");
  #form = /** @type {HTMLFormElement} */ (make("form", "race__form"));
  #result = make("div", "race__result");
  #content;
  /** @type {Record<Side, LaneView>} */
  #views = { container: new LaneView("container"), guest: new LaneView("guest") };
  /** @type {Map<string, Lane>} */
  #lanes = new Map();
  /** @type {Map<string, string>} why a machine says nothing */
  #errors = new Map();
  /** The races that are on, by machine. @type {Map<string, string>} */
  #racing = new Map();
  /** @type {Map<string, () => void>} */
  #watching = new Map();
  /** @type {(() => void)[]} */
  #ends = [];
  #drawing = 0;
  #announced = "";

  /**
   * @param {HTMLElement} root
   * @param {PanelContext} context
   */
  constructor(root, context) {
    this.#context = context;
    this.#start.type = "submit";
    const fields = SIDES.map((side) => this.#field(side));
    const legend = make("span", "race__legend", gettext("Predict first:"));
    this.#form.setAttribute("aria-label", gettext("Predict how long it takes until each answers"));
    this.#form.append(legend, ...fields, this.#start);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#race();
    });
    const lanes = make("div", "race__lanes", this.#views.container.element, this.#views.guest.element);
    this.#result.hidden = true;
    this.#content = make("div", "race", this.#form, this.#warning, lanes, this.#result);
    root.replaceChildren(this.#problem, this.#content);
    for (const machine of context.panel.machines) {
      const listener = (/** @type {Sample} */ sample) => this.#hear(machine, sample);
      this.#ends.push(context.watch("race-lane", listener, machine));
    }
    this.#show();
  }

  close() {
    for (const end of [...this.#ends, ...this.#watching.values()]) end();
    for (const view of Object.values(this.#views)) view.close();
    window.clearInterval(this.#drawing);
  }

  /** @param {Side} side */
  #field(side) {
    const input = /** @type {HTMLInputElement} */ (make("input", "race__input"));
    input.type = "text";
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.maxLength = 12;
    input.value = predicted[side];
    input.addEventListener("input", () => {
      predicted[side] = input.value;
    });
    return make("label", "race__field", this.#views[side].name, input, make("span", "", "s"));
  }

  /**
   * @param {string} machine
   * @param {Sample} sample
   */
  #hear(machine, { data, error }) {
    /** @type {Lane | null} */
    const lane = data;
    this.#errors.set(machine, error);
    if (lane) {
      const expected = this.#racing.get(machine);
      // What was known before the race began may still come.
      if (expected && lane.id !== expected && lane.state !== "idle") return;
      this.#lanes.set(machine, lane);
      if (["preparing", "running"].includes(lane.state)) this.#follow(machine, lane.id);
      else if (expected) this.#unfollow(machine);
    }
    this.#show();
  }

  /**
   * Hear of a race as quickly as it goes.
   *
   * @param {string} machine
   * @param {string} race
   */
  #follow(machine, race) {
    this.#racing.set(machine, race);
    if (this.#watching.has(machine)) return;
    this.#watching.set(machine, () => {});
    const listener = (/** @type {Sample} */ sample) => this.#hear(machine, sample);
    this.#watching.set(machine, this.#context.watch("race", listener, machine));
    this.#drawing ||= window.setInterval(() => this.#compare(), DRAW_MS);
  }

  /** @param {string} machine */
  #unfollow(machine) {
    this.#racing.delete(machine);
    this.#watching.get(machine)?.();
    this.#watching.delete(machine);
    if (this.#racing.size) return;
    window.clearInterval(this.#drawing);
    this.#drawing = 0;
  }

  async #race() {
    const machines = contestants(this.#lanes, this.#context.machine);
    this.#announced = "";
    this.#result.hidden = true;
    this.#start.disabled = true;
    const starting = SIDES.map(async (side) => {
      try {
        const { race } = await this.#context.act("race-start", {}, machines[side]);
        this.#follow(machines[side], race);
      } catch (error) {
        this.#views[side].fail(error instanceof Error ? error.message : String(error));
      }
    });
    await Promise.all(starting);
    this.#showButton();
  }

  #show() {
    const machines = contestants(this.#lanes, this.#context.machine);
    const problem = this.#problemText(machines);
    this.#problem.textContent = problem;
    this.#problem.hidden = !problem;
    this.#content.hidden = Boolean(problem);
    if (problem) return;
    for (const side of SIDES) {
      const lane = this.#lanes.get(machines[side]) ?? null;
      this.#views[side].show(lane, machines[side], readSeconds(predicted[side]));
    }
    this.#compare();
    this.#showButton();
    this.#showResult();
  }

  #compare() {
    const lanes = SIDES.map((side) => this.#views[side].lane);
    const disk = (/** @type {Lane | null} */ lane) =>
      (lane?.facts?.disk ?? 0) + (lane?.facts?.disk_shared ?? 0);
    const both = lanes.every((lane) => lane?.facts);
    const most = {
      memory: both ? Math.max(...lanes.map((lane) => lane?.facts?.memory ?? 0)) : 0,
      disk: both ? Math.max(...lanes.map(disk)) : 0,
      ms: Math.max(1, ...SIDES.map((side) => this.#views[side].elapsed)),
    };
    for (const side of SIDES) this.#views[side].compare(most);
  }

  #showButton() {
    const guest = this.#views.guest.lane;
    const restarts = guest?.restarts ?? false;
    const on = this.#racing.size > 0;
    this.#start.disabled = on;
    const again = SIDES.some((side) => this.#views[side].lane?.id);
    this.#start.textContent = on
      ? gettext("Racing …")
      : restarts
        ? gettext("Restart and race")
        : again
          ? gettext("Race again")
          : gettext("Start both");
    const texts = [];
    // Once there was a race, the button and the result say it.
    if (restarts && !again) {
      texts.push(gettext("The race restarts your virtual machine: what runs in it now ends."));
    }
    if (guest?.emulated && !again) {
      texts.push(
        gettext(
          "Emulated: this host gives the virtual machine no hardware help, so each of its instructions is translated. With hardware help it starts in about a second.",
        ),
      );
    }
    this.#warning.textContent = texts.join(" ");
    this.#warning.hidden = !texts.length;
  }

  #showResult() {
    const [container, guest] = SIDES.map((side) => this.#views[side].lane);
    const ended = container?.state === "done" && guest?.state === "done";
    this.#result.hidden = !ended || this.#racing.size > 0;
    if (this.#result.hidden || !container || !guest) return;
    const race = `${container.id} ${guest.id}`;
    if (this.#announced === race) return;
    this.#announced = race;
    const text = resultSentences(container, guest).join(" ");
    const copy = /** @type {HTMLButtonElement} */ (make("button", "button button--quiet button--small race__copy"));
    copy.type = "button";
    copy.textContent = gettext("Copy the numbers");
    copy.addEventListener("click", () => void this.#copy(copy, text));
    this.#result.replaceChildren(make("p", "race__sentence", text), copy);
    announce(text);
    // For what else on the page can use numbers that were measured.
    const detail = {
      text,
      container: measured(container, readSeconds(predicted.container)),
      guest: measured(guest, readSeconds(predicted.guest)),
    };
    document.dispatchEvent(new CustomEvent("race-result", { detail }));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} text
   */
  async #copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = gettext("Copied");
    } catch {
      button.textContent = gettext("Select the text, and copy it yourself");
    }
  }

  /** @param {{container: string, guest: string}} machines */
  #problemText(machines) {
    const all = this.#context.panel.machines;
    const silent = all.filter((name) => !this.#lanes.has(name));
    const error = silent.map((name) => this.#errors.get(name)).find(Boolean);
    if (machines.container && machines.guest) return "";
    if (error) return error;
    if (silent.length) return gettext("As soon as your machines run, they can race.");
    const missing = machines.container
      ? gettext("one that runs virtual machines")
      : gettext("one with a Docker engine");
    return fill(gettext("A race takes two machines: %(missing)s is missing here."), { missing });
  }
}

/**
 * @param {Lane} lane
 * @param {number | null} prediction
 */
function measured(lane, prediction) {
  return {
    seconds: lane.elapsed_ms / 1000,
    predicted_seconds: prediction,
    comparison: comparison(prediction, lane.elapsed_ms),
    memory_bytes: lane.facts?.memory ?? null,
    emulated: lane.emulated,
    kernel: lane.kernel,
  };
}
