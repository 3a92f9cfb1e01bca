/**
 * Show a lesson's panels below the terminal or beside it, one at a time; on a narrow screen they
 * take the terminal's place and are swiped. A panel's code loads when it is opened, and only what
 * is open and seen watches.
 */

import { announce, find, make } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { loadModule, loadStylesheet } from "../lib/load_module.js";
import { recall, remember } from "../lib/storage.js";
import { wireDockLayout } from "./dock_layout.js";
import { PanelFrame } from "./panel_frame.js";
import { PanelSocket } from "./panel_socket.js";
import { wirePanelLinks } from "./text_places.js";

/**
 * @import { LessonData, PanelData, SandboxPayload } from "../lib/api_types.js"
 * @import { SandboxStatus } from "../workspace/sandbox/sandbox_status.js"
 * @import { Sample, SocketState } from "./panel_socket.js"
 */

/**
 * @typedef {object} PanelContext what a panel works with
 * @property {PanelData} panel
 * @property {string} machine the name of the machine that it is about
 * @property {boolean} acts whether who looks may change the machine
 * @property {(topic: string, listener: (sample: Sample) => void, machine?: string) => () => void} watch
 *   `machine` is another one that the panel is about
 * @property {(action: string, args?: Record<string, any>, machine?: string) => Promise<any>} act
 * @property {(request: TerminalRequest) => void} openTerminal
 * @property {(request: PortRequest) => void} openPort shows what a port of a machine serves
 * @property {() => string} sandbox the id of the page's sandbox; "" while there is none
 * @property {() => string} machineId the id of the machine; "" while it does not run
 * @property {number} port the port that `openPort` asked this panel for; 0 for none
 * @property {() => void} showInText leads to the next place in the text that is about the panel
 *
 * @typedef {object} PortRequest
 * @property {string} machine
 * @property {number} port as `docker run -p` published it in the machine
 *
 * @typedef {object} TerminalRequest a terminal tab to open
 * @property {string} machine
 * @property {string} title
 * @property {string} command typed into its shell; "" for none
 *
 * @typedef {object} DockOptions
 * @property {HTMLElement} text the lesson's
 * @property {(request: TerminalRequest) => void} openTerminal
 * @property {(pane: "lesson" | "panels") => void} showPane on a screen with room for one
 *
 * @typedef {object} PanelModule what the script of a panel exports
 * @property {(root: HTMLElement, context: PanelContext) => () => void} openPanel
 *   fills the element; returns what closes the panel: every watch must end
 */

const OPEN_KEY = "panels:open";
/** The panel that shows what a port serves. */
const BROWSER = "browser";
/** A swipe has ended when the strip has stood still for so long. */
const STILL_MS = 120;

/** @type {Partial<Record<SocketState, () => string>>} */
const PROBLEMS = {
  lost: () => gettext("The connection was lost, so this may be out of date. It is tried again."),
  "too-many": () => gettext("Panels are open in too many tabs. Close them in one, and try again."),
  "signed-out": () => gettext("You are signed out. Sign in again to see what happens."),
  "not-theirs": () => gettext("This machine is no longer there."),
  over: () => gettext("This machine is no longer there."),
};

export class PanelDock {
  #root;
  #area;
  #strip;
  #data;
  #options;
  #socket = new PanelSocket(() => this.#showState());
  /** The machine of the terminal that keys go to. */
  #machine;
  /** Machines that were chosen for a panel, by its name. @type {Map<string, string>} */
  #chosen = new Map();
  /** @type {HTMLElement[]} */
  #tabs;
  /** By the panel's name. @type {Map<string, PanelFrame>} */
  #frames = new Map();
  /** @type {(() => void) | null} closes what is open */
  #close = null;
  #opened = "";
  /** @type {SandboxPayload | null} */
  #payload = null;
  #port = 0;
  /** Why there is no machine to look at, if there is none. @type {SandboxStatus | null} */
  #status = null;

  /**
   * @param {HTMLElement} root
   * @param {LessonData} data
   * @param {DockOptions} options
   */
  constructor(root, data, options) {
    this.#root = root;
    this.#data = data;
    this.#options = options;
    this.#area = find("#machine-area", HTMLElement);
    this.#strip = find("#panel-body", HTMLElement, root);
    this.#machine = data.machines[0]?.name ?? "";
    this.#tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-panel-tab]")]);
    for (const panel of data.panels) {
      const element = find(`#panel-${panel.name}`, HTMLElement, root);
      const frame = new PanelFrame(element, panel, {
        severalMachines: data.machines.length > 1 && !panel.together,
        text: options.text,
        chosen: (machine) => this.#choose(panel.name, machine),
        toText: () => options.showPane("lesson"),
      });
      this.#frames.set(panel.name, frame);
    }
    wireDockLayout(root, this.#area);
    this.#listen();
    this.noticeVisibility();
    const names = [...this.#frames.keys()];
    wirePanelLinks(options.text, names, (name) => void this.#enter(name));
    const last = recall(`${OPEN_KEY}:${data.lesson}`) ?? "";
    if (this.#frames.has(last)) void this.show(last);
    else this.#area.dataset.panels = "closed";
  }

  #listen() {
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.toggle(tab.dataset.panelTab ?? ""));
      tab.addEventListener("keydown", (event) => this.#walk(tab, event));
    }
    find("[data-panels-close]", HTMLButtonElement, this.#root).addEventListener("click", () => {
      const tab = this.#tabOf(this.#opened);
      void this.show("");
      tab?.focus();
    });
    find("[data-panels-retry]", HTMLButtonElement, this.#root).addEventListener("click", () => {
      this.#socket.retry();
    });
    this.#strip.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      this.#tabOf(this.#opened)?.focus();
    });
    /** @type {number | undefined} */
    let still;
    this.#strip.addEventListener("scroll", () => {
      window.clearTimeout(still);
      still = window.setTimeout(() => this.#swiped(), STILL_MS);
    });
    document.addEventListener("visibilitychange", () => this.noticeVisibility());
    new ResizeObserver(() => {
      this.noticeVisibility();
      this.#frames.get(this.#opened)?.bringIntoView();
    }).observe(this.#strip);
  }

  /** Take note of whether the panels are seen: a phone shows one half, a browser one tab. */
  noticeVisibility() {
    const visible = document.visibilityState === "visible" && this.#root.checkVisibility();
    this.#socket.setVisible(visible);
    // Who comes to the panels on a narrow screen sees one.
    if (visible && !this.#opened && this.#swipes) void this.show(this.#data.panels[0].name);
  }

  /** Whether panels are swiped, and take the terminal's place. */
  get #swipes() {
    return getComputedStyle(this.#strip).scrollSnapType !== "none";
  }

  /**
   * @param {SandboxPayload | null} payload
   * @param {SandboxStatus} status
   */
  follow(payload, status) {
    const runs = payload && ["starting", "ready"].includes(payload.state);
    this.#payload = runs ? payload : null;
    this.#status = status.title ? status : null;
    this.#socket.follow(this.#payload?.id ?? "");
    this.#showState();
  }

  /**
   * Show what a port of a machine serves.
   *
   * @param {PortRequest} request
   */
  openPort({ machine, port }) {
    if (!this.#frames.has(BROWSER)) return;
    this.#chosen.set(BROWSER, machine);
    this.#port = port;
    if (this.#opened === BROWSER) this.#opened = "";
    void this.#enter(BROWSER);
  }

  /**
   * Let the panels be about another machine, but for those for which one was chosen.
   *
   * @param {string} machine
   */
  choose(machine) {
    if (machine === this.#machine) return;
    const before = this.#machineOf(this.#opened);
    this.#machine = machine;
    if (this.#machineOf(this.#opened) !== before) this.#reopen();
  }

  /**
   * @param {string} name the panel's
   * @param {string} machine
   */
  #choose(name, machine) {
    this.#chosen.set(name, machine);
    if (name === this.#opened) this.#reopen();
  }

  /** @param {string} name of a panel */
  #machineOf(name) {
    const machines = this.#frames.get(name)?.panel.machines ?? [];
    const machine = this.#chosen.get(name) ?? this.#machine;
    return machines.includes(machine) ? machine : (machines[0] ?? "");
  }

  #reopen() {
    const opened = this.#opened;
    this.#opened = "";
    if (opened) void this.show(opened);
  }

  /**
   * Whether the lesson has a panel.
   *
   * @param {string} name
   */
  has(name) {
    return this.#frames.has(name);
  }

  /**
   * Ask for an action of a panel without opening it.
   *
   * @param {string} machine
   * @param {string} action
   * @param {Record<string, any>} args
   * @returns {Promise<any>}
   */
  act(machine, action, args) {
    return this.#socket.act(machine, action, args);
  }

  /** @param {string} name */
  toggle(name) {
    const closes = name === this.#opened && !this.#swipes;
    void this.show(closes ? "" : name);
  }

  /**
   * Put the keyboard into the panel that is open.
   *
   * @returns {boolean} false when none is
   */
  focus() {
    const frame = this.#frames.get(this.#opened);
    frame?.focus();
    return frame !== undefined;
  }

  /** @param {string} name of the panel that is opened, shown and given the focus */
  async #enter(name) {
    this.#options.showPane("panels");
    const opening = this.show(name);
    this.focus();
    announce(this.#frames.get(name)?.panel.explains ?? "");
    await opening;
  }

  /**
   * Open a panel, "" for none.
   *
   * @param {string} name
   */
  async show(name) {
    const frame = this.#frames.get(name);
    frame?.bringIntoView();
    if (name === this.#opened) return;
    this.#close?.();
    this.#close = null;
    this.#opened = name;
    remember(`${OPEN_KEY}:${this.#data.lesson}`, name);
    this.#area.dataset.panels = name ? "open" : "closed";
    for (const tab of this.#tabs) {
      const opened = tab.dataset.panelTab === name;
      tab.setAttribute("aria-expanded", String(opened));
      if (opened) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    for (const [other, each] of this.#frames) {
      each.setOpen(other === name);
      each.content.replaceChildren();
    }
    if (!frame) return;
    const machine = this.#machineOf(name);
    frame.setMachine(machine);
    frame.bringIntoView();
    await this.#open(frame, machine);
  }

  /**
   * @param {PanelFrame} frame
   * @param {string} machine
   */
  async #open(frame, machine) {
    const { panel, content } = frame;
    // Each opening has an element of its own, so that a script which comes late finds it gone.
    const root = make("div", "panel__root");
    root.dataset.panel = panel.name;
    content.append(root);
    loadStylesheet(panel.stylesheet);
    try {
      /** @type {PanelModule} */
      const module = await loadModule(panel.script);
      if (root.isConnected) this.#close = module.openPanel(root, this.#context(frame, machine));
    } catch (error) {
      const message = fill(gettext("%(panel)s could not be loaded. Reload the page."), {
        panel: panel.title,
      });
      if (root.isConnected) root.replaceChildren(make("p", "panel__problem", message));
      throw error;
    }
  }

  /**
   * @param {PanelFrame} frame
   * @param {string} machine
   * @returns {PanelContext}
   */
  #context(frame, machine) {
    return {
      panel: frame.panel,
      machine,
      acts: true,
      watch: (topic, listener, other = machine) => this.#socket.watch(other, topic, listener),
      act: (action, args, other = machine) => this.#socket.act(other, action, args),
      openTerminal: this.#options.openTerminal,
      openPort: (request) => this.openPort(request),
      sandbox: () => this.#payload?.id ?? "",
      machineId: () => this.#payload?.machines.find(({ name }) => name === machine)?.id ?? "",
      port: frame.panel.name === BROWSER ? this.#port : 0,
      showInText: () => {
        this.#options.showPane("lesson");
        frame.showInText();
      },
    };
  }

  /** Say why nothing is seen, or why what is seen may be old. */
  #showState() {
    const line = find("[data-panels-state]", HTMLElement, this.#root);
    const act = find("[data-panels-act]", HTMLButtonElement, line);
    const retry = find("[data-panels-retry]", HTMLButtonElement, line);
    const { state } = this.#socket;
    const text = this.#status?.title ?? PROBLEMS[state]?.() ?? "";
    this.#root.toggleAttribute("data-no-machine", this.#status !== null);
    find("[data-panels-state-text]", HTMLElement, line).textContent = text;
    line.hidden = !text;
    const button = this.#status?.button;
    act.hidden = !button;
    act.textContent = button?.label ?? "";
    act.dataset.do = button?.action ?? "";
    retry.hidden = this.#status !== null || state !== "too-many";
  }

  /** Open what has been swiped to. */
  #swiped() {
    if (!this.#swipes || !this.#strip.clientWidth) return;
    const at = Math.round(this.#strip.scrollLeft / this.#strip.clientWidth);
    const panel = this.#data.panels[at];
    if (panel) void this.show(panel.name);
  }

  /** @param {string} name */
  #tabOf(name) {
    return this.#tabs.find((tab) => tab.dataset.panelTab === name);
  }

  /**
   * @param {HTMLElement} tab
   * @param {KeyboardEvent} event
   */
  #walk(tab, event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.#tabs.indexOf(tab);
    this.#tabs[(at + step + this.#tabs.length) % this.#tabs.length]?.focus();
  }
}
