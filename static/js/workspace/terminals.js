/** The lesson's terminals, one a machine. The terminal's code, most of the page's, is loaded when first needed. */

import { wireSoftKeys } from "../terminal/soft_keys.js";

/**
 * @typedef {import("../terminal/view.js").TerminalView} TerminalView
 * @typedef {typeof import("../terminal/view.js")} ViewModule
 * @typedef {import("./sandbox.js").Sandbox} Sandbox
 */

export class Terminals {
  /** @type {Map<string, TerminalView>} by machine name */
  views = new Map();
  #chosen = "";
  #screenReader = false;
  #focusWhenLive = false;
  /** @type {import("../lib/api_types.js").MachinePayload[]} */
  #running = [];
  /** @type {Promise<ViewModule> | null} */
  #module = null;
  #root;
  #softKeys;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#chosen = root.querySelector("[data-machine]")?.getAttribute("data-machine") ?? "";
    this.#softKeys = wireSoftKeys(/** @type {HTMLElement} */ (root.querySelector(".keys")), () => this.current);
    root.addEventListener("terminal-state", (event) => this.#stateChanged(/** @type {CustomEvent} */ (event).detail.state));
  }

  /** The one that is shown. @returns {TerminalView | null} */
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

  /** Focus the terminal as soon as it can be typed into: the button that had the focus is no more. */
  focusWhenLive() {
    this.#focusWhenLive = this.current?.state !== "live";
    if (!this.#focusWhenLive) this.focus();
  }

  /** @param {string} machine @param {string} keys @returns {boolean} */
  type(machine, keys) {
    const view = this.views.get(machine);
    const typed = view?.type(keys) ?? false;
    if (typed) view?.focus();
    return typed;
  }

  /** @param {boolean} on */
  setScreenReader(on) {
    this.#screenReader = on;
    for (const view of this.views.values()) view.setScreenReader(on);
  }

  /** Connect where there is a running machine, let go where there is none. @param {Sandbox} sandbox */
  follow(sandbox) {
    const { payload } = sandbox;
    this.#running = payload?.state === "ready" ? payload.machines : [];
    if (this.#running.length) void this.#connect();
    else if (payload) for (const view of this.views.values()) view.disconnect();
  }

  async #connect() {
    this.#module ??= import("../terminal/view.js");
    const module = await this.#module;
    for (const machine of this.#running) {
      const root = this.#root.querySelector(`[data-machine="${machine.name}"]`);
      if (root instanceof HTMLElement) this.#viewOf(machine.name, root, module).connect(machine.terminal);
    }
  }

  /** @param {string} name @param {HTMLElement} root @param {ViewModule} module @returns {TerminalView} */
  #viewOf(name, root, module) {
    const known = this.views.get(name);
    if (known) return known;
    const view = new module.TerminalView(root, (data) => this.#softKeys.modify(data));
    view.setScreenReader(this.#screenReader);
    this.views.set(name, view);
    return view;
  }

  /** @param {import("../terminal/connection.js").ConnectionState} state */
  #stateChanged(state) {
    // The machine went: the sandbox knows why, and has the words and the button for it.
    if (["ended", "failed", "not-yours"].includes(state)) this.#root.dispatchEvent(new CustomEvent("terminal-lost"));
    if (state === "signed-out") this.#root.dispatchEvent(new CustomEvent("signed-out"));
    if (state !== "live" || !this.#focusWhenLive) return;
    this.#focusWhenLive = false;
    this.focus();
  }
}
