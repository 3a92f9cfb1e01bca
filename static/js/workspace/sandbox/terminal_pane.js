/** Show what sandbox.js knows on the workspace's right side: sandbox bar, overlay, dialogs. */

import { serverNow } from "../../lib/api.js";
import { announce, find, toast } from "../../lib/dom.js";
import { duration, megabytes } from "../../lib/format.js";
import { fill, gettext } from "../../lib/i18n.js";
import {
  ACCELERATORS,
  ASKING,
  OFFLINE,
  SIGNED_OUT,
  refusedStatus,
  statusOf,
} from "./sandbox_status.js";

const SHORT_SECONDS = 600;
const TICK_MS = 15_000;

/**
 * @import { LessonData } from "../../lib/api_types.js"
 * @import { Sandbox } from "./sandbox.js"
 * @import { SandboxStatus } from "./sandbox_status.js"
 */

/**
 * @param {Sandbox} sandbox
 * @param {number} idleMinutes
 * @returns {SandboxStatus}
 */
function currentStatus({ sync, payload }, idleMinutes) {
  if (sync.kind === "asking") return ASKING;
  if (sync.kind === "offline") return OFFLINE;
  if (sync.kind === "signed-out") return SIGNED_OUT;
  return sync.kind === "refused" ? refusedStatus(sync.message) : statusOf(payload, idleMinutes);
}

export class TerminalPane {
  /** @type {SandboxStatus | null} */
  #status = null;
  #warned = false;
  #root;
  #sandbox;
  #data;

  /**
   * @param {HTMLElement} root
   * @param {Sandbox} sandbox
   * @param {LessonData} data
   */
  constructor(root, sandbox, data) {
    this.#root = root;
    this.#sandbox = sandbox;
    this.#data = data;
    root.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("[data-do]") : null;
      if (button instanceof HTMLElement) this.#act(button.dataset.do ?? "");
    });
    window.setInterval(() => {
      this.#showTime();
      this.#showParking();
    }, TICK_MS);
  }

  /** What there is to be said of the sandbox. */
  get status() {
    return currentStatus(this.#sandbox, this.#data.idle_minutes);
  }

  /** Bring everything in line with the sandbox. */
  show() {
    const { status } = this;
    const before = this.#status;
    if (before && status.bar !== before.bar) announce(`${status.bar}. ${status.text ?? ""}`);
    this.#status = status;
    const focused = document.activeElement;
    this.#showBar(status);
    this.#showOverlay(status);
    this.#showTime();
    this.#showParking();
    this.#showAccelerators();
    if (this.#root.contains(focused) && focused?.closest("[hidden]")) this.#moveFocus(status);
  }

  /**
   * Keep the focus in this part of the page when the button that had it is gone, and bring it to
   * the terminal once there is one.
   *
   * @param {SandboxStatus} status
   */
  #moveFocus(status) {
    if (status.title) find("[data-overlay-title]", HTMLElement, this.#root).focus();
    this.#root.dispatchEvent(new CustomEvent("focus-left"));
  }

  /** Say why a terminal can't take commands now, with the way out at hand. */
  explainNotLive() {
    const { title, button } = this.status;
    if (!title) {
      return toast(gettext("Nothing was sent: the terminal is connecting. Try again in a moment."));
    }
    const message = fill(gettext("Nothing was sent. %(title)s."), { title });
    if (!button) return toast(message);
    return toast(message, { label: button.label, act: () => this.#act(button.action) });
  }

  // --- Bar ----------------------------------------------------------------------------------

  /** @param {SandboxStatus} status */
  #showBar(status) {
    this.#setText("[data-bar-title]", status.bar);
    for (const lamp of document.querySelectorAll("[data-lamp]")) {
      lamp.setAttribute("data-tone", status.tone);
    }
    const { payload, sync } = this.#sandbox;
    const state = sync.kind === "known" ? payload?.state : undefined;
    const holds = state === "ready" || state === "parked";
    this.#button("extend").hidden = !(holds && payload?.extendable);
    this.#button("reset").hidden = !holds;
    this.#button("end").hidden = !(holds || state === "requested" || state === "starting");
  }

  /** Note on the tabs of machines that run virtual machines what these run on. */
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
    const holds = payload && ["ready", "parked"].includes(payload.state);
    const running = holds && this.#status?.tone !== "bad";
    time.hidden = !running;
    if (!running) return;
    const left = Math.max(0, (Date.parse(payload.expires_at) - serverNow()) / 1000);
    const short = left < SHORT_SECONDS;
    time.textContent = fill(gettext("%(time)s left"), { time: duration(left) });
    time.toggleAttribute("data-short", short);
    if (short && !this.#warned) this.#warn(payload.extendable);
    this.#warned = short;
  }

  /** Say a minute before that the machine will be parked, and offer to keep it running. */
  #showParking() {
    const { payload, sync } = this.#sandbox;
    const notice = find("[data-parking]", HTMLElement, this.#root);
    const near = sync.kind === "known" && payload?.state === "ready" && payload.parks_at;
    // Its time may have passed without a word: then something has used the machine, or will tell.
    const shown = Boolean(near && Date.parse(near) > serverNow() - TICK_MS);
    if (shown && notice.hidden) announce(find("span", HTMLElement, notice).textContent ?? "");
    notice.hidden = !shown;
  }

  /** @param {boolean} extendable */
  #warn(extendable) {
    const soon = gettext("Your machine will be given back in less than ten minutes.");
    const advice = extendable
      ? gettext("Press Extend to keep it longer.")
      : gettext("It can't be extended any more.");
    const loss = this.#hasEngine()
      ? gettext("Up to %(size)s of your home folder are kept; containers and images go.")
      : gettext("Up to %(size)s of your home folder are kept.");
    const size = megabytes(this.#sandbox.payload?.home_max_bytes ?? 0);
    toast(`${soon} ${advice} ${fill(loss, { size })}`);
  }

  /** Whether a machine has a Docker engine of its own, of which the pane then shows what happens. */
  #hasEngine() {
    return this.#root.querySelector("#activity") !== null;
  }

  // --- Overlay ------------------------------------------------------------------------------

  /** @param {SandboxStatus} status */
  #showOverlay(status) {
    const overlay = find("#overlay", HTMLElement, this.#root);
    const button = find("[data-overlay-button]", HTMLButtonElement, this.#root);
    overlay.hidden = !status.title;
    overlay.dataset.tone = status.tone;
    this.#setText("[data-overlay-title]", status.title ?? "");
    this.#setText("[data-overlay-text]", status.text ?? "");
    this.#setText("[data-overlay-more]", status.more ?? "");
    this.#setText("[data-overlay-button]", status.button?.label ?? "");
    button.dataset.do = status.button?.action ?? "";
  }

  // --- Actions ------------------------------------------------------------------------------

  /** @param {string} action */
  #act(action) {
    if (action === "start") void this.#sandbox.start();
    else if (action === "wake") void this.#sandbox.change("wake");
    else if (action === "stay") void this.#sandbox.change("stay");
    else if (action === "extend") void this.#extend();
    else if (action === "reset") this.#confirm("reset", () => this.#sandbox.change("reset"));
    else if (action === "end") this.#end();
    else if (action === "sign-in") window.location.assign(this.#data.urls.sign_in);
  }

  async #extend() {
    const before = this.#sandbox.payload?.expires_at;
    await this.#sandbox.change("extend");
    if (this.#sandbox.payload?.expires_at === before) return;
    toast(gettext("You now have the machine for longer."));
  }

  #end() {
    const state = this.#sandbox.payload?.state ?? "";
    const nothingToLose = ["requested", "starting"].includes(state);
    if (nothingToLose) void this.#sandbox.end();
    else this.#confirm("end", () => this.#sandbox.end());
  }

  /**
   * Act after the user has agreed in a dialog.
   *
   * @param {"reset" | "end"} name
   * @param {() => void} action
   */
  #confirm(name, action) {
    const dialog = find(`#dialog-${name}`, HTMLDialogElement);
    const closed = () => dialog.returnValue === "yes" && action();
    dialog.returnValue = "no";
    dialog.addEventListener("close", closed, { once: true });
    dialog.showModal();
  }

  /** @param {"extend" | "reset" | "end"} name */
  #button(name) {
    return find(`.bar [data-do="${name}"]`, HTMLButtonElement, this.#root);
  }

  /**
   * Set an element's text, and hide it without one.
   *
   * @param {string} selector
   * @param {string} text
   */
  #setText(selector, text) {
    const element = find(selector, HTMLElement, this.#root);
    element.textContent = text;
    element.hidden = !text;
  }
}
