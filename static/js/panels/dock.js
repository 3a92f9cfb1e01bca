/**
 * Show a lesson's panels below the terminal or beside it, one at a time; on a narrow screen they
 * take the terminal's place. A panel's code loads when it is opened, and only what is open watches.
 */

import { find, make } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { recall, remember } from "../lib/storage.js";
import { PanelSocket } from "./panel_socket.js";

/**
 * @import { LessonData, PanelData, SandboxPayload } from "../lib/api_types.js"
 * @import { Sample } from "./panel_socket.js"
 */

/**
 * @typedef {object} PanelContext what a panel works with
 * @property {PanelData} panel
 * @property {string} machine the name of the machine that it is about
 * @property {boolean} acts whether who looks may change the machine
 * @property {(topic: string, listener: (sample: Sample) => void) => () => void} watch
 * @property {(action: string, args?: Record<string, any>) => Promise<any>} act
 * @property {(request: TerminalRequest) => void} openTerminal
 * @property {(request: PortRequest) => void} openPort shows what a port of a machine serves
 * @property {() => string} sandbox the id of the page's sandbox; "" while there is none
 * @property {number} port the port that `openPort` asked this panel for; 0 for none
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
 * @typedef {object} PanelModule what the script of a panel exports
 * @property {(root: HTMLElement, context: PanelContext) => () => void} openPanel
 *   fills the element; returns what closes the panel: every watch must end
 */

const OPEN_KEY = "panels:open";
const SIDE_KEY = "panels:side";
/** The panel that shows what a port serves. */
const BROWSER = "browser";

/** @param {string} href */
function loadStylesheet(href) {
  if (document.querySelector(`link[href="${CSS.escape(href)}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}

export class PanelDock {
  #root;
  #data;
  #socket = new PanelSocket();
  #openTerminal;
  #machine;
  /** @type {HTMLElement[]} */
  #tabs;
  /** @type {(() => void) | null} closes what is open */
  #close = null;
  #opened = "";
  #sandbox = "";
  #port = 0;

  /**
   * @param {HTMLElement} root
   * @param {LessonData} data
   * @param {(request: TerminalRequest) => void} openTerminal
   */
  constructor(root, data, openTerminal) {
    this.#root = root;
    this.#data = data;
    this.#openTerminal = openTerminal;
    this.#machine = data.machines[0]?.name ?? "";
    this.#tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-panel-tab]")]);
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.toggle(tab.dataset.panelTab ?? ""));
      tab.addEventListener("keydown", (event) => this.#walk(tab, event));
    }
    find("[data-panels-side]", HTMLButtonElement, root).addEventListener("click", () => {
      this.#setSide(this.#area.dataset.side === "beside" ? "below" : "beside");
    });
    find("[data-panels-close]", HTMLButtonElement, root).addEventListener("click", () => {
      this.show("");
      this.#tabs[0]?.focus();
    });
    this.#setSide(recall(SIDE_KEY) === "beside" ? "beside" : "below");
    const last = recall(`${OPEN_KEY}:${data.lesson}`);
    if (last && this.#panel(last)) void this.show(last);
  }

  get #area() {
    return find("#machine-area", HTMLElement);
  }

  /** @param {SandboxPayload | null} payload */
  follow(payload) {
    this.#sandbox = payload && ["starting", "ready"].includes(payload.state) ? payload.id : "";
    this.#socket.follow(this.#sandbox);
  }

  /**
   * Show what a port of a machine serves.
   *
   * @param {PortRequest} request
   */
  openPort({ machine, port }) {
    if (!this.#panel(BROWSER)) return;
    this.#machine = machine;
    this.#port = port;
    this.#opened = "";
    void this.show(BROWSER);
  }

  /**
   * Let the panels be about another machine.
   *
   * @param {string} machine
   */
  choose(machine) {
    if (machine === this.#machine) return;
    this.#machine = machine;
    const opened = this.#opened;
    if (opened) {
      this.#opened = "";
      void this.show(opened);
    }
  }

  /** @param {string} name */
  toggle(name) {
    void this.show(name === this.#opened ? "" : name);
  }

  /**
   * Open a panel, "" for none.
   *
   * @param {string} name
   */
  async show(name) {
    if (name === this.#opened) return;
    this.#close?.();
    this.#close = null;
    this.#opened = name;
    remember(`${OPEN_KEY}:${this.#data.lesson}`, name);
    this.#area.dataset.panels = name ? "open" : "closed";
    for (const tab of this.#tabs) {
      const selected = tab.dataset.panelTab === name;
      tab.setAttribute("aria-expanded", String(selected));
    }
    const body = find("#panel-body", HTMLElement, this.#root);
    body.hidden = !name;
    const panel = this.#panel(name);
    if (!panel) return body.replaceChildren();
    const content = make("div", "panel__content");
    content.dataset.panel = name;
    const explains = make("p", "panel__explains", panel.explains);
    body.replaceChildren(explains, content);
    body.setAttribute("aria-label", panel.title);
    loadStylesheet(panel.stylesheet);
    try {
      /** @type {PanelModule} */
      const module = await import(panel.script);
      if (this.#opened === name && content.isConnected) {
        this.#close = module.openPanel(content, this.#context(panel));
      }
    } catch (error) {
      const message = fill(gettext("%(panel)s could not be loaded. Reload the page."), {
        panel: panel.title,
      });
      content.replaceChildren(make("p", "panel__problem", message));
      throw error;
    }
  }

  /**
   * @param {PanelData} panel
   * @returns {PanelContext}
   */
  #context(panel) {
    const fitting = panel.machines.includes(this.#machine) ? this.#machine : panel.machines[0];
    return {
      panel,
      machine: fitting,
      acts: true,
      watch: (topic, listener) => this.#socket.watch(fitting, topic, listener),
      act: (action, args) => this.#socket.act(fitting, action, args),
      openTerminal: this.#openTerminal,
      openPort: (request) => this.openPort(request),
      sandbox: () => this.#sandbox,
      port: panel.name === BROWSER ? this.#port : 0,
    };
  }

  /** @param {string} name */
  #panel(name) {
    return this.#data.panels.find((panel) => panel.name === name);
  }

  /** @param {"below" | "beside"} side */
  #setSide(side) {
    this.#area.dataset.side = side;
    remember(SIDE_KEY, side);
    const button = find("[data-panels-side]", HTMLButtonElement, this.#root);
    const label = side === "below" ? gettext("Put panels beside the terminal") : gettext("Put panels below the terminal");
    button.setAttribute("aria-label", label);
    button.title = label;
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
