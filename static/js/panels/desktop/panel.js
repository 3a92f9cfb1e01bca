/** Show what a machine's Docker engine has, as lists that can be clicked: *Desktop*. */

import { announce, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { confirmRemoval } from "./confirm.js";
import { makeContainerList, nameOf } from "./containers.js";
import { setText, toggleShown } from "./controls.js";
import { makeDetails } from "./details.js";
import { memorySize, share } from "./formats.js";
import { Histories, TICK_MS } from "./histories.js";
import { makeImageList, makeNetworkList, makeVolumeList, moreText, rowsOfImages } from "./objects.js";
import { emptyState, leftOutText, loadingState, problemState, refusal, sourceText } from "./states.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Sample } from "../panel_socket.js"
 * @import { Container, Desk, Removal, Verb } from "./types.js"
 */

/** @typedef {"containers" | "images" | "volumes" | "networks"} Kind */

/** @type {Kind[]} */
const KINDS = ["containers", "images", "volumes", "networks"];
/** What was asked for and shows no effect for so long is not waited for. */
const PENDING_MS = 15_000;

class Desktop {
  #context;
  #histories = new Histories();
  /** By container. @type {Map<string, {verb: Verb, status: string}>} */
  #pending = new Map();
  /** @type {Record<Kind, Sample>} */
  #samples = {
    containers: { data: null, error: "" },
    images: { data: null, error: "" },
    volumes: { data: null, error: "" },
    networks: { data: null, error: "" },
  };
  /** @type {any} of the topic `statistics` */
  #statistics = null;
  /** @type {Kind} */
  #kind = "containers";
  /** @type {ReturnType<typeof makeDetails> | null} */
  #details = null;
  /** @type {(() => void)[]} */
  #endings = [];

  #root = make("div", "desk");
  #tabs = new Map(KINDS.map((kind) => [kind, this.#makeTab(kind)]));
  #use = make("p", "desk__total");
  #refusals = make("div", "desk__refusals");
  #page = make("div", "desk__page");
  #more = make("p", "desk__more");
  #note = make("p", "desk__more");
  #lists;

  /**
   * @param {HTMLElement} root
   * @param {PanelContext} context
   */
  constructor(root, context) {
    this.#context = context;
    /** @type {Desk} */
    const desk = {
      context,
      histories: this.#histories,
      containers: () => this.#samples.containers.data?.containers ?? [],
      pending: (id) => this.#pending.get(id)?.verb ?? "",
      run: (container, verb) => void this.#run(container, verb),
      openDetails: (container) => this.#openDetails(desk, container),
      remove: (removal) => void this.#remove(removal),
    };
    this.#lists = {
      containers: makeContainerList(desk),
      images: makeImageList(desk),
      volumes: makeVolumeList(desk),
      networks: makeNetworkList(desk),
    };
    const tabs = make("div", "desk__tabs", ...[...this.#tabs.values()].map(({ tab }) => tab));
    tabs.setAttribute("role", "tablist");
    tabs.setAttribute("aria-label", gettext("What your Docker engine has"));
    tabs.addEventListener("keydown", (event) => this.#walk(event));
    this.#page.id = "desk-page";
    this.#page.setAttribute("role", "tabpanel");
    const bar = make("div", "desk__strip", tabs, this.#use);
    this.#root.append(bar, this.#refusals, this.#page);
    root.replaceChildren(this.#root);
    this.#choose("containers");

    for (const kind of KINDS) {
      const heard = (/** @type {Sample} */ sample) => this.#hear(kind, sample);
      this.#endings.push(context.watch(kind, heard));
    }
    this.#endings.push(context.watch("statistics", ({ data }) => this.#measure(data)));
    const timer = window.setInterval(() => this.#tick(), TICK_MS);
    this.#endings.push(() => window.clearInterval(timer));
  }

  close() {
    this.#details?.close();
    for (const end of this.#endings) end();
  }

  // Tabs.

  /** @param {Kind} kind */
  #makeTab(kind) {
    const titles = {
      containers: gettext("Containers"),
      images: gettext("Images"),
      volumes: gettext("Volumes"),
      networks: gettext("Networks"),
    };
    const count = make("span", "desk__count");
    count.hidden = true;
    const tab = make("button", "desk__tab", titles[kind], " ", count);
    tab.id = `desk-tab-${kind}`;
    tab.setAttribute("type", "button");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "desk-page");
    tab.addEventListener("click", () => this.#choose(kind));
    return { tab, count };
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const last = KINDS.length - 1;
    const at = KINDS.indexOf(this.#kind);
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#choose(KINDS[target]);
    this.#tabs.get(this.#kind)?.tab.focus();
  }

  /** @param {Kind} kind */
  #choose(kind) {
    this.#kind = kind;
    this.#closeDetails();
    for (const [name, { tab }] of this.#tabs) {
      tab.setAttribute("aria-selected", String(name === kind));
      tab.tabIndex = name === kind ? 0 : -1;
    }
    this.#page.setAttribute("aria-labelledby", `desk-tab-${kind}`);
    this.#show();
  }

  // What is heard.

  /**
   * @param {Kind} kind
   * @param {Sample} sample
   */
  #hear(kind, sample) {
    this.#samples[kind] = sample;
    const tab = this.#tabs.get(kind);
    if (tab) {
      const total = sample.data?.total;
      setText(tab.count, total === undefined ? "" : String(total));
      toggleShown(tab.count, total !== undefined);
    }
    if (kind === "containers") this.#forgetPending();
    // Who uses an image, a volume or a network, containers say; what to run, images.
    this.#show();
  }

  /** @param {any} data */
  #measure(data) {
    const isFirst = !this.#statistics;
    this.#statistics = data;
    this.#histories.hear(data?.containers ?? {});
    if (isFirst && data) this.#histories.tick();
    this.#showUse();
    if (this.#kind === "containers") this.#lists.containers.tick();
  }

  #tick() {
    if (document.hidden) return;
    this.#histories.tick();
    if (this.#kind === "containers" && !this.#details) this.#lists.containers.tick();
  }

  // What is shown.

  #show() {
    const { data, error } = this.#samples[this.#kind];
    if (!this.#context.sandbox()) this.#closeDetails();
    if (this.#details) {
      const id = this.#details.id;
      if (data) this.#details.show(data.containers.find((/** @type {Container} */ each) => each.id === id));
      return;
    }
    const list = this.#lists[this.#kind];
    const items = data?.[this.#kind] ?? [];
    // Why there is no machine, the dock says above.
    if (!this.#context.sandbox()) this.#put("nothing", () => make("div"));
    else if (error) this.#put(`error ${error}`, () => problemState(error));
    else if (!data) this.#put("loading", loadingState);
    else if (!items.length && !data.total) {
      const images = this.#samples.images.data?.images ?? [];
      const name = images.map((/** @type {any} */ image) => image.names).join();
      this.#put(`empty ${this.#kind} ${name}`, () => emptyState(this.#kind, images));
    } else {
      if (this.#kind === "images") this.#lists.images.show(rowsOfImages(items));
      else /** @type {any} */ (list).show(items);
      setText(this.#more, moreText(data.total, items.length));
      toggleShown(this.#more, data.total > items.length);
      this.#put(`list ${this.#kind}`, () => list.element, this.#more, this.#note);
    }
    this.#showUse();
  }

  /**
   * Put something in the list's place, unless it is there already.
   *
   * @param {string} key
   * @param {() => HTMLElement} makeElement
   * @param {HTMLElement[]} below
   */
  #put(key, makeElement, ...below) {
    if (this.#page.dataset.shows === key) return;
    this.#page.dataset.shows = key;
    this.#page.replaceChildren(makeElement(), ...below);
  }

  #showUse() {
    const known = this.#statistics;
    const running = this.#samples.containers.data?.running ?? 0;
    const shown = Boolean(known) && running > 0 && Boolean(this.#context.sandbox());
    toggleShown(this.#use, shown);
    const note = shown && this.#kind === "containers" ? leftOutText(known.left_out) : "";
    setText(this.#note, note);
    toggleShown(this.#note, Boolean(note));
    if (!shown) return;
    const { cpu, memory } = this.#histories.total();
    const text = fill(gettext("CPU %(cpu)s · %(memory)s of %(all)s"), {
      cpu: share(cpu),
      memory: memorySize(memory),
      all: memorySize(known.memory_bytes),
    });
    setText(this.#use, text);
    this.#use.title = sourceText(known.source);
  }

  // A single container.

  /**
   * @param {Desk} desk
   * @param {Container} container
   */
  #openDetails(desk, container) {
    this.#closeDetails();
    this.#details = makeDetails(desk, container, () => {
      const id = container.id;
      this.#closeDetails();
      this.#show();
      this.#focusRow(id);
    });
    this.#put(`details ${container.id}`, () => /** @type {any} */ (this.#details).element);
    const back = this.#page.querySelector(".desk__back");
    if (back instanceof HTMLElement) back.focus({ preventScroll: true });
  }

  #closeDetails() {
    this.#details?.close();
    this.#details = null;
  }

  /** @param {string} id */
  #focusRow(id) {
    const containers = this.#samples.containers.data?.containers ?? [];
    const at = containers.findIndex((/** @type {Container} */ each) => each.id === id);
    const names = this.#page.querySelectorAll(".desk__name");
    const name = names[Math.max(0, at)] ?? this.#tabs.get("containers")?.tab;
    if (name instanceof HTMLElement) name.focus();
  }

  // What is done.

  /**
   * @param {Container} container
   * @param {Verb} verb
   */
  async #run(container, verb) {
    const { id, status } = container;
    const mark = { verb, status };
    this.#pending.set(id, mark);
    this.#refusals.replaceChildren();
    this.#show();
    const forget = () => {
      if (this.#pending.get(id) !== mark) return;
      this.#pending.delete(id);
      this.#show();
    };
    try {
      const { pending } = await this.#context.act(`${verb}-container`, { id });
      // The list hears of it at about the same time: it should not jump back meanwhile.
      window.setTimeout(forget, pending ? PENDING_MS : 1_000);
    } catch (error) {
      forget();
      const failures = {
        start: gettext("%(name)s was not started:"),
        stop: gettext("%(name)s was not stopped:"),
        restart: gettext("%(name)s was not restarted:"),
        unpause: gettext("%(name)s does not go on:"),
        remove: "",
      };
      this.#refuse(fill(failures[verb], { name: nameOf(container) }), error);
    }
  }

  /** Let go what has visibly happened. */
  #forgetPending() {
    const containers = this.#samples.containers.data?.containers ?? [];
    for (const [id, { verb, status }] of this.#pending) {
      const container = containers.find((/** @type {Container} */ each) => each.id === id);
      const isThere = container && container.status !== status && verb !== "restart";
      const isDone = { start: "running", stop: "exited", unpause: "running" };
      const done = isDone[/** @type {keyof typeof isDone} */ (verb)];
      if (!container || (isThere && container.state === done)) this.#pending.delete(id);
    }
  }

  /** @param {Removal} removal */
  async #remove(removal) {
    const opener = document.activeElement;
    const { agreed, option } = await confirmRemoval(removal, this.#root);
    if (!agreed) {
      if (opener instanceof HTMLElement) opener.focus();
      return;
    }
    this.#refusals.replaceChildren();
    try {
      const answer = await removal.act(option);
      const text = removal.success?.(answer);
      if (text) announce(text);
    } catch (error) {
      this.#refuse(removal.failure, error);
    }
  }

  /**
   * @param {string} before
   * @param {unknown} error
   */
  #refuse(before, error) {
    const message = error instanceof Error ? error.message : String(error);
    const box = refusal(before, message, () => this.#tabs.get(this.#kind)?.tab.focus());
    this.#refusals.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }
}

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 * @returns {() => void}
 */
export function openPanel(root, context) {
  const desktop = new Desktop(root, context);
  return () => desktop.close();
}
