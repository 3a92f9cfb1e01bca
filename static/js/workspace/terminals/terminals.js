/** Run the lesson's terminals, one a machine; their code, most of the page's, loads when needed. */

import { wireSoftKeys } from "../../terminal/input/soft_keys.js";

/**
 * @import { MachinePayload } from "../../lib/api_types.js"
 * @import { RunResult } from "../../terminal/input/block_runner.js"
 * @import { ConnectionState } from "../../terminal/connection.js"
 * @import { TerminalView } from "../../terminal/view.js"
 * @import { Sandbox } from "../sandbox/sandbox.js"
 * @typedef {typeof import("../../terminal/view.js")} ViewModule
 */

export class Terminals {
  /**
   * By the machine's name.
   *
   * @type {Map<string, TerminalView>}
   */
  views = new Map();
  #chosen = "";
  #screenReader = false;
  #focusWhenLive = false;
  /** @type {MachinePayload[]} */
  #running = [];
  /** @type {Promise<ViewModule> | null} */
  #module = null;
  #root;
  #softKeys;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#chosen = root.querySelector("[data-machine]")?.getAttribute("data-machine") ?? "";
    const keys = /** @type {HTMLElement} */ (root.querySelector(".keys"));
    this.#softKeys = wireSoftKeys(keys, () => this.current);
    root.addEventListener("terminal-state", (event) => {
      this.#stateChanged(/** @type {CustomEvent} */ (event).detail.state);
    });
  }

  /**
   * The terminal that is shown.
   *
   * @returns {TerminalView | null}
   */
  get current() {
    return this.views.get(this.#chosen) ?? null;
  }

  /** @param {string} machine */
  choose(machine) {
    this.#chosen = machine;
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

  /**
   * Enter a block of commands.
   *
   * @param {string} machine
   * @param {string} block
   * @param {boolean} [anyway] whether to enter it whatever runs
   * @returns {Promise<RunResult>}
   */
  async run(machine, block, anyway = false) {
    const view = this.views.get(machine);
    const result = (await view?.run(block, anyway)) ?? "not-live";
    if (result === "sent") view?.focus();
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
    this.#running = payload?.state === "ready" ? payload.machines : [];
    if (this.#running.length) void this.#connect();
    else if (payload) for (const view of this.views.values()) view.disconnect();
  }

  async #connect() {
    this.#module ??= import("../../terminal/view.js");
    const module = await this.#module;
    for (const { name, terminal } of this.#running) {
      const root = this.#root.querySelector(`[data-machine="${name}"]`);
      if (root instanceof HTMLElement) this.#viewOf(name, root, module).connect(terminal);
    }
  }

  /**
   * @param {string} name
   * @param {HTMLElement} root
   * @param {ViewModule} module
   * @returns {TerminalView}
   */
  #viewOf(name, root, module) {
    const known = this.views.get(name);
    if (known) return known;
    const view = new module.TerminalView(root, (data) => this.#softKeys.modify(data));
    view.setScreenReader(this.#screenReader);
    this.views.set(name, view);
    return view;
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
