/** The right side of the workspace: sandbox bar, stage, dialogs, machine tabs. Shows what sandbox.js knows. */

import { serverNow } from "../lib/api.js";
import { announce, find, toast } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { ACCELERATORS, ASKING, OFFLINE, SIGNED_OUT, duration, megabytes, refused, sceneOf } from "./sandbox_status.js";

const SHORT_SECONDS = 600;
const TICK_MS = 15_000;

/**
 * @typedef {import("./sandbox.js").Sandbox} Sandbox
 * @typedef {import("./sandbox_status.js").Scene} Scene
 * @typedef {import("../lib/api_types.js").LessonData} LessonData
 */

/** @param {Sandbox} sandbox @param {number} idleMinutes @returns {Scene} */
function currentScene(sandbox, idleMinutes) {
  const { standing } = sandbox;
  if (standing.kind === "asking") return ASKING;
  if (standing.kind === "offline") return OFFLINE;
  if (standing.kind === "signed-out") return SIGNED_OUT;
  return standing.kind === "refused" ? refused(standing.message) : sceneOf(sandbox.payload, idleMinutes);
}

export class Bench {
  /** @type {Scene | null} */
  #scene = null;
  #warned = false;
  #root;
  #sandbox;
  #data;

  /** @param {HTMLElement} root @param {Sandbox} sandbox @param {LessonData} data */
  constructor(root, sandbox, data) {
    this.#root = root;
    this.#sandbox = sandbox;
    this.#data = data;
    root.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
      if (button instanceof HTMLElement) this.#do(button.dataset.do ?? "");
    });
    window.setInterval(() => this.#showTime(), TICK_MS);
  }

  /** Bring everything in line with the sandbox. */
  show() {
    const scene = currentScene(this.#sandbox, this.#data.idle_minutes);
    if (scene.bar !== this.#scene?.bar && this.#scene) announce(`${scene.bar}. ${scene.text ?? ""}`);
    this.#scene = scene;
    const focused = document.activeElement;
    this.#showBar(scene);
    this.#showStage(scene);
    this.#showTime();
    this.#showAccelerators();
    if (this.#root.contains(focused) && focused?.closest("[hidden]")) this.#keepFocus(scene);
  }

  /** What had the focus has gone: keep a keyboard's user in this part of the page, and bring them to the terminal once
   * there is one. @param {Scene} scene */
  #keepFocus(scene) {
    if (scene.title) find("[data-overlay-title]", HTMLElement, this.#root).focus();
    this.#root.dispatchEvent(new CustomEvent("focus-left"));
  }

  // --- Bar --------------------------------------------------------------------------------------------------------

  /** @param {Scene} scene */
  #showBar(scene) {
    this.#text("[data-bar-title]", scene.bar);
    for (const lamp of document.querySelectorAll("[data-lamp]")) lamp.setAttribute("data-tone", scene.tone);
    const { payload, standing } = this.#sandbox;
    const state = standing.kind === "known" ? payload?.state : undefined;
    const holds = state === "ready" || state === "parked";
    this.#button("extend").hidden = !(holds && payload?.extendable);
    this.#button("reset").hidden = !holds;
    this.#button("end").hidden = !(holds || state === "requested" || state === "starting");
  }

  /** On the tabs of machines that run virtual machines, by what. */
  #showAccelerators() {
    for (const { name, accelerator } of this.#sandbox.payload?.machines ?? []) {
      const note = this.#root.querySelector(`[data-accelerator="${name}"]`);
      if (!(note instanceof HTMLElement)) continue;
      note.hidden = !accelerator;
      note.textContent = accelerator ? ACCELERATORS[accelerator].label : "";
      note.title = accelerator ? ACCELERATORS[accelerator].title : "";
    }
  }

  #showTime() {
    const time = find("[data-bar-time]", HTMLElement, this.#root);
    const { payload } = this.#sandbox;
    const running = payload && ["ready", "parked"].includes(payload.state) && this.#scene?.tone !== "bad";
    time.hidden = !running;
    if (!running) return;
    const left = Math.max(0, (Date.parse(payload.expires_at) - serverNow()) / 1000);
    const short = left < SHORT_SECONDS;
    time.textContent = fill(gettext("%(time)s left"), { time: duration(left) });
    time.toggleAttribute("data-short", short);
    if (short && !this.#warned) this.#warn(payload.extendable);
    this.#warned = short;
  }

  /** @param {boolean} extendable */
  #warn(extendable) {
    const what = extendable ? gettext("Press Extend to keep it longer.") : gettext("It can't be extended any more.");
    const size = megabytes(this.#sandbox.payload?.home_max_bytes ?? 0);
    const kept = this.#hasEngine()
      ? gettext("Up to %(size)s of your home folder are kept; containers and images go.")
      : gettext("Up to %(size)s of your home folder are kept.");
    toast(`${gettext("Your machine is given back in less than ten minutes.")} ${what} ${fill(kept, { size })}`);
  }

  /** Whether one of the machines has a Docker engine of its own. */
  #hasEngine() {
    return Boolean(this.#sandbox.payload?.machines.some((machine) => machine.kind === "docker"));
  }

  // --- Stage ------------------------------------------------------------------------------------------------------

  /** @param {Scene} scene */
  #showStage(scene) {
    const stage = find("#overlay", HTMLElement, this.#root);
    const button = find("[data-overlay-button]", HTMLButtonElement, this.#root);
    stage.hidden = !scene.title;
    stage.dataset.tone = scene.tone;
    this.#text("[data-overlay-title]", scene.title ?? "");
    this.#text("[data-overlay-text]", scene.text ?? "");
    this.#text("[data-overlay-more]", scene.more ?? "");
    this.#text("[data-overlay-button]", scene.button?.label ?? "");
    button.dataset.do = scene.button?.action ?? "";
  }

  // --- What may be asked ------------------------------------------------------------------------------------------

  /** @param {string} action */
  #do(action) {
    if (action === "start") void this.#sandbox.start();
    else if (action === "wake") void this.#sandbox.change("wake");
    else if (action === "extend") void this.#extend();
    else if (action === "reset") this.#confirm("reset", () => this.#sandbox.change("reset"));
    else if (action === "end") this.#end();
    else if (action === "sign-in") window.location.assign(this.#data.urls.sign_in);
  }

  async #extend() {
    const before = this.#sandbox.payload?.expires_at;
    await this.#sandbox.change("extend");
    if (this.#sandbox.payload?.expires_at !== before) toast(gettext("You have the machine for longer now."));
  }

  #end() {
    const nothingToLose = ["requested", "starting"].includes(this.#sandbox.payload?.state ?? "");
    if (nothingToLose) void this.#sandbox.end();
    else this.#confirm("end", () => this.#sandbox.end());
  }

  /** @param {"reset" | "end"} name @param {() => void} agreed */
  #confirm(name, agreed) {
    const dialog = find(`#dialog-${name}`, HTMLDialogElement);
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && agreed(), { once: true });
    dialog.showModal();
  }

  // --- Small things -----------------------------------------------------------------------------------------------

  /** @param {"extend" | "reset" | "end"} name */
  #button(name) {
    return find(`.bar [data-do="${name}"]`, HTMLButtonElement, this.#root);
  }

  /** Set a text, and hide what has none. @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = find(selector, HTMLElement, this.#root);
    element.textContent = text;
    element.hidden = !text;
  }
}

/** Tabs of machines: one is shown. Arrow keys walk along them and stay there; who presses one is taken inside.
 * @param {HTMLElement} root @param {(machine: string) => void} chosen @param {() => void} entered */
export function wireTabs(root, chosen, entered) {
  const tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[role=tab]")]);

  /** @param {HTMLElement} tab */
  function choose(tab) {
    for (const other of tabs) {
      const selected = other === tab;
      other.setAttribute("aria-selected", String(selected));
      other.tabIndex = selected ? 0 : -1;
      find(`#${other.getAttribute("aria-controls")}`, HTMLElement, root).hidden = !selected;
    }
    chosen(tab.dataset.tab ?? "");
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => {
      choose(tab);
      entered();
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step && tabs[(index + step + tabs.length) % tabs.length];
      if (!next) return;
      choose(next);
      next.focus();
    });
  });
  return {
    /** @param {string} machine */
    choose(machine) {
      const tab = tabs.find((candidate) => candidate.dataset.tab === machine);
      if (tab) choose(tab);
    },
  };
}
