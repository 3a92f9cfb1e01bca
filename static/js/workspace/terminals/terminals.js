/**
 * Run the lesson's terminals: show those that the layout has, and connect them. Their code, most of
 * the page's, loads when needed.
 *
 * The first terminal of each machine is connected while the machine runs; the others when they are
 * shown for the first time, and as long as not too many are.
 */

import { wireSoftKeys } from "../../terminal/input/soft_keys.js";
import { fill, gettext } from "../../lib/i18n.js";
import { MAIN } from "./layout.js";

/**
 * @import { RunResult } from "../../terminal/input/block_runner.js"
 * @import { ConnectionState } from "../../terminal/connection.js"
 * @import { TerminalView } from "../../terminal/view.js"
 * @import { Sandbox } from "../sandbox/sandbox.js"
 * @import { TerminalEntry, TerminalLayout } from "./layout.js"
 * @typedef {typeof import("../../terminal/view.js")} ViewModule
 *
 * @typedef {object} BlockOptions
 * @property {boolean} [anyway] whether to enter the block whatever runs
 * @property {boolean} [interrupt] whether to stop what runs first, by Ctrl-C
 * @property {(text: string | null) => void} [onOutput] gets what it printed, where that can be told
 */

/** What a page connects at once: half of what a user may have (CLIENT.terminal_sockets). */
const CONNECTED_MAX = 6;
/** How long a block waits for a terminal that is being connected. */
const LIVE_WITHIN_MS = 10_000;

export class Terminals {
  /**
   * By the terminal's id: a machine's name, or "box:t2" for one more of it.
   *
   * @type {Map<string, TerminalView>}
   */
  views = new Map();
  #screenReader = false;
  #focusWhenLive = false;
  /** Addresses of the terminals of machines that run, by name. @type {Map<string, string>} */
  #running = new Map();
  /** Ids of those that were shown, the latest last. @type {string[]} */
  #used = [];
  /** @type {Promise<ViewModule> | null} */
  #module = null;
  #root;
  #layout;
  #body;
  /** What another terminal is made from: a machine's first, before anything is in it. */
  #blank;
  #softKeys;

  /**
   * @param {HTMLElement} root
   * @param {TerminalLayout} layout
   */
  constructor(root, layout) {
    this.#root = root;
    this.#layout = layout;
    this.#body = /** @type {HTMLElement} */ (root.querySelector(".terminal-pane__body"));
    const blank = this.#body.querySelector("[data-terminal]");
    this.#blank = /** @type {HTMLElement} */ (blank?.cloneNode(true));
    const keys = /** @type {HTMLElement} */ (root.querySelector(".keys"));
    this.#softKeys = wireSoftKeys(keys, () => this.current);
    root.addEventListener("terminal-state", (event) => {
      this.#stateChanged(/** @type {CustomEvent} */ (event).detail.state);
    });
    this.#body.addEventListener("focusin", ({ target }) => {
      const machine = target instanceof Element ? target.closest("[data-terminal]") : null;
      const id = machine?.getAttribute("data-terminal");
      if (id && id !== layout.active && layout.shown.includes(id)) layout.choose(id);
    });
  }

  /**
   * The terminal that keys go to.
   *
   * @returns {TerminalView | null}
   */
  get current() {
    return this.views.get(this.#layout.active) ?? null;
  }

  focus() {
    this.current?.focus();
  }

  /** Focus the terminal as soon as it can be typed into: the button that had the focus is gone. */
  focusWhenLive() {
    this.#focusWhenLive = this.current?.state !== "live";
    if (!this.#focusWhenLive) this.focus();
  }

  /** Whether a program runs in the foreground of a terminal. */
  get haveProgram() {
    return [...this.views.values()].some((view) => view.hasProgram);
  }

  /** Bring the page in line with the layout. */
  show() {
    const { terminals, shown, split } = this.#layout;
    const ids = new Set(terminals.map(({ id }) => id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      view.dispose();
      this.views.delete(id);
      this.#elementOf(id)?.remove();
    }
    for (const terminal of terminals) {
      const element = this.#elementOf(terminal.id) ?? this.#makeElement(terminal);
      const place = shown.indexOf(terminal.id);
      element.hidden = place < 0;
      element.dataset.place = String(place);
      element.toggleAttribute("data-active", terminal.id === this.#layout.active);
    }
    this.#body.dataset.split = split;
    this.#used = [...this.#used.filter((id) => ids.has(id) && !shown.includes(id)), ...shown];
    if (this.#running.size) void this.#connect();
  }

  /**
   * Enter a block of commands.
   *
   * @param {string} machine
   * @param {string} block
   * @param {BlockOptions} [options]
   * @returns {Promise<RunResult>}
   */
  run(machine, block, options) {
    return this.runIn(this.#layout.preferred(machine), block, options);
  }

  /**
   * The same in a terminal, once it is connected.
   *
   * @param {string} id
   * @param {string} block
   * @param {BlockOptions} [options]
   * @returns {Promise<RunResult>}
   */
  async runIn(id, block, { onOutput, ...options } = {}) {
    const machine = this.#layout.find(id)?.machine ?? "";
    if (this.#running.has(machine)) await this.#live(id);
    const view = this.views.get(id);
    const entering = () => onOutput && void view?.nextOutput().then(onOutput);
    const result = (await view?.run(block, { ...options, entering })) ?? "not-live";
    if (result === "sent" && id === this.#layout.active) view?.focus();
    return result;
  }

  /** @param {boolean} on */
  setScreenReader(on) {
    this.#screenReader = on;
    for (const view of this.views.values()) view.setScreenReader(on);
  }

  /**
   * Connect to machines that run, and disconnect when none does.
   *
   * @param {Sandbox} sandbox
   */
  follow({ payload }) {
    const machines = payload?.state === "ready" ? payload.machines : [];
    this.#running = new Map(machines.map(({ name, terminal }) => [name, terminal]));
    if (this.#running.size) void this.#connect();
    else if (payload) for (const view of this.views.values()) view.disconnect();
  }

  /**
   * Whether a machine runs, and so has terminals.
   *
   * @param {string} machine
   */
  runs(machine) {
    return this.#running.has(machine);
  }

  async #connect() {
    this.#module ??= import("../../terminal/view.js");
    const module = await this.#module;
    for (const terminal of this.#layout.terminals) {
      const path = this.#running.get(terminal.machine);
      const element = this.#elementOf(terminal.id);
      const needed = terminal.name === MAIN || this.#layout.shown.includes(terminal.id);
      if (!path || !element || !(needed || this.#isOpen(terminal.id))) continue;
      const query = terminal.name === MAIN ? "" : `?terminal=${terminal.name}`;
      this.#viewOf(terminal.id, element, module).connect(path + query);
    }
    this.#release();
  }

  /** Let go of terminals that are not shown when too many are connected; their shells run on. */
  #release() {
    const open = this.#layout.terminals.filter(({ id }) => this.#isOpen(id)).length;
    const hidden = this.#used.filter((id) => id.includes(":") && !this.#layout.shown.includes(id));
    const surplus = Math.max(0, open - CONNECTED_MAX);
    const longest = hidden.filter((id) => this.#isOpen(id)).slice(0, surplus);
    for (const id of longest) this.views.get(id)?.disconnect();
  }

  /** @param {string} id */
  #isOpen(id) {
    return !["idle", "closed", undefined].includes(this.views.get(id)?.state);
  }

  /**
   * Wait until a terminal is connected, or for as long as is worth it.
   *
   * @param {string} id
   */
  async #live(id) {
    for (let waited = 0; waited < LIVE_WITHIN_MS; waited += 50) {
      const state = this.views.get(id)?.state ?? "idle";
      if (!["idle", "connecting"].includes(state)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /**
   * @param {string} id
   * @param {HTMLElement} element
   * @param {ViewModule} module
   * @returns {TerminalView}
   */
  #viewOf(id, element, module) {
    const known = this.views.get(id);
    if (known) return known;
    const view = new module.TerminalView(element, (data) => this.#softKeys.modify(data));
    view.setScreenReader(this.#screenReader);
    this.views.set(id, view);
    return view;
  }

  /** @param {string} id */
  #elementOf(id) {
    const element = this.#body.querySelector(`[data-terminal="${CSS.escape(id)}"]`);
    return /** @type {HTMLElement | null} */ (element);
  }

  /** @param {TerminalEntry} terminal */
  #makeElement({ id, machine }) {
    const element = /** @type {HTMLElement} */ (this.#blank.cloneNode(true));
    element.id = `terminal-${id}`;
    element.dataset.terminal = id;
    element.dataset.machine = machine;
    element.setAttribute("aria-labelledby", `tab-${id}`);
    const label = fill(gettext("Find in a terminal of %(machine)s"), { machine });
    element.querySelector(".machine__query")?.setAttribute("aria-label", label);
    const machines = this.#body.querySelectorAll("[data-terminal]");
    machines[machines.length - 1].after(element);
    return element;
  }

  /** @param {ConnectionState} state */
  #stateChanged(state) {
    // The machine is gone: the sandbox knows why, and what to do about it.
    if (["ended", "failed", "not-yours"].includes(state)) this.#dispatch("terminal-lost");
    if (state === "signed-out") this.#dispatch("signed-out");
    if (state !== "live" || !this.#focusWhenLive) return;
    this.#focusWhenLive = false;
    this.focus();
  }

  /** @param {string} type */
  #dispatch(type) {
    this.#root.dispatchEvent(new CustomEvent(type));
  }
}
