/** List containers: what each is, does and uses, and what can be done with it. */

import { icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { cell, columnNames, iconButton, nameButton, setDisabled, setText, toggleShown } from "./controls.js";
import { lookOf, memorySize, portsOnce, portText, share, shellCommand, shortId } from "./formats.js";
import { KeyedList } from "./keyed_list.js";
import { removalOf } from "./removals.js";
import { makeSparkline } from "./sparkline.js";

/** @import { Container, Desk, Verb } from "./types.js" */

/** A curve that is lower stays low: two percent must not look like a hundred. */
const CPU_TOP = 10;
/** Memory is a level, which should not look as if it were full. */
const MEMORY_ROOM = 1.6;
const PORTS_SHOWN = 3;

/** @returns {Record<Verb, string>} */
export const pendingTexts = () => ({
  start: gettext("Starting…"),
  stop: gettext("Stopping…"),
  restart: gettext("Restarting…"),
  unpause: gettext("Going on…"),
  remove: gettext("Being removed…"),
});

/** @param {Container} container */
export const nameOf = (container) => container.name || shortId(container.id) || gettext("(no name)");

/**
 * Show a container's state as a sign: a spinner while it is about to change.
 *
 * @param {HTMLElement} sign
 * @param {Container} container
 * @param {Verb | ""} pending
 */
export function showState(sign, container, pending) {
  sign.className = pending
    ? "desk__state spinner"
    : `desk__state desk__state--${lookOf(container.state, container.status)}`;
}

/**
 * @param {Desk} desk
 * @param {Container} container
 */
export function openShell(desk, container) {
  const command = shellCommand(container.name, container.id);
  desk.context.openTerminal({ machine: desk.context.machine, title: nameOf(container), command });
}

/**
 * Show a container's ports; a published one opens in the page, where that is to be had.
 *
 * @param {HTMLElement} box
 * @param {Container} container
 * @param {Desk} desk
 * @param {number} most
 */
export function showPorts(box, container, desk, most) {
  const ports = portsOnce(container.ports);
  const key = JSON.stringify([ports, most, container.name]);
  if (box.dataset.ports === key) return;
  box.dataset.ports = key;
  const { openPort, machine } = desk.context;
  const chips = ports.slice(0, most).map((port) => {
    const text = portText(port);
    if (!port.public || port.protocol !== "tcp" || !openPort) {
      return make("span", port.public ? "desk__port" : "desk__port desk__port--inner", text);
    }
    const button = make("button", "desk__port desk__port--open", text, icon("open"));
    button.setAttribute("type", "button");
    // It begins with what can be read on it, for those who speak to their computer.
    nameButton(button, fill(gettext("%(port)s: open it in the page"), { port: text }));
    button.addEventListener("click", () => openPort({ machine, port: port.public }));
    return button;
  });
  if (ports.length > most) {
    const more = fill(gettext("and %(count)s more"), { count: ports.length - most });
    chips.push(make("span", "desk__soft", more));
  }
  box.replaceChildren(...chips);
}

/**
 * @param {Desk} desk
 * @param {Container} first
 */
function makeRow(desk, first) {
  let container = first;
  const sign = make("span", "desk__state");
  const name = make("button", "desk__name");
  name.setAttribute("type", "button");
  name.addEventListener("click", () => desk.openDetails(container));
  const under = make("span", "desk__under");
  const ports = make("div", "desk__ports");
  const cpu = { curve: makeSparkline(), text: make("span", "desk__figure") };
  const memory = { curve: makeSparkline(), text: make("span", "desk__figure") };
  const toggle = iconButton("play", "", () => {
    desk.run(container, container.state === "running" || container.state === "restarting" ? "stop" : container.state === "paused" ? "unpause" : "start");
  });
  const logs = iconButton("list", "", () => desk.openDetails(container));
  const shell = iconButton("terminal", "", () => openShell(desk, container));
  const remove = iconButton("trash", "", () => desk.remove(removalOf(desk, container)));
  const tools = make("div", "desk__tools", toggle, logs, shell, remove);
  const figures = [
    cell(gettext("CPU"), "desk__use", cpu.curve.element, cpu.text),
    cell(gettext("Memory"), "desk__use", memory.curve.element, memory.text),
  ];
  const element = make(
    "li",
    "desk__row desk__row--container",
    make("div", "desk__cell desk__who", sign, make("div", "desk__text", name, under)),
    cell(gettext("Ports"), "desk__where", ports),
    ...figures,
    tools,
  );

  const tick = () => {
    const { histories } = desk;
    const use = container.state === "running" ? histories.latest(container.id) : undefined;
    const history = histories.of(container.id);
    cpu.curve.draw(use ? history.cpu : [], CPU_TOP);
    memory.curve.draw(use ? history.memory : [], MEMORY_ROOM * Math.max(0, ...history.memory));
    setText(cpu.text, use && use.cpu !== null ? share(use.cpu) : "–");
    setText(memory.text, use ? memorySize(use.memory) : "–");
    for (const figure of figures) figure.classList.toggle("is-empty", !use);
  };

  /** @param {Container} next */
  const update = (next) => {
    container = next;
    const text = nameOf(container);
    const pending = desk.pending(container.id);
    const live = ["running", "restarting", "paused"].includes(container.state);
    element.dataset.state = container.state;
    element.classList.toggle("is-live", live);
    showState(sign, container, pending);
    setText(name, text);
    name.title = text;
    const status = pending ? pendingTexts()[pending] : container.status || container.state;
    const image = make("span", "desk__of", container.image);
    image.title = container.image;
    const fresh = `${container.image}\n${status}`;
    if (under.dataset.text !== fresh) {
      under.dataset.text = fresh;
      under.replaceChildren(image, make("span", "desk__status", status));
    }
    showPorts(ports, container, desk, PORTS_SHOWN);
    const verb = container.state === "paused" ? gettext("Continue %(name)s") : live ? gettext("Stop %(name)s") : gettext("Start %(name)s");
    const sprite = container.state === "paused" || !live ? "play" : "stop";
    if (toggle.dataset.icon !== sprite) {
      toggle.dataset.icon = sprite;
      toggle.replaceChildren(icon(sprite));
    }
    nameButton(toggle, fill(verb, { name: text }));
    nameButton(logs, fill(gettext("Logs of %(name)s"), { name: text }));
    nameButton(shell, fill(gettext("Open a shell in %(name)s"), { name: text }));
    nameButton(remove, fill(gettext("Remove %(name)s"), { name: text }));
    for (const button of [toggle, remove]) {
      toggleShown(button, desk.context.acts);
      setDisabled(button, Boolean(pending));
    }
    toggleShown(shell, desk.context.acts);
    setDisabled(shell, container.state !== "running" || !shellCommand(container.name, container.id));
    tick();
  };
  return { element, update, tick };
}

/**
 * @param {Desk} desk
 * @returns {{element: HTMLElement, show: (containers: Container[]) => void, tick: () => void}}
 */
export function makeContainerList(desk) {
  const list = make("ul", "desk__list");
  const columns = ["", gettext("Ports"), gettext("CPU"), gettext("Memory"), ""];
  const head = columnNames(columns);
  head.classList.add("desk__head--container");
  /** @type {Map<HTMLElement, () => void>} */
  const ticks = new Map();
  const rows = new KeyedList(
    list,
    (/** @type {Container} */ container) => container.id || container.name,
    (container) => {
      const row = makeRow(desk, container);
      ticks.set(row.element, row.tick);
      return row;
    },
  );
  return {
    element: make("div", "desk__table", head, list),
    show: (containers) => rows.show(containers),
    tick: () => {
      for (const [element, tick] of ticks) {
        if (element.isConnected) tick();
        else if (element.parentElement !== list) ticks.delete(element);
      }
    },
  };
}
