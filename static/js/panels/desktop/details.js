/** Show a single container: what it is, what it has printed, and everything that can be done to it. */

import { make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { setDisabled, setText, toggleShown, wordButton } from "./controls.js";
import { nameOf, openShell, pendingTexts, showPorts, showState } from "./containers.js";
import { shellCommand, shortId } from "./formats.js";
import { readLine } from "./log_text.js";
import { removalOf } from "./removals.js";

/** @import { Container, Desk } from "./types.js" */

const POLL_MS = 1_500;
const LINES_MAX = 1_000;
const PORTS_SHOWN = 12;

/** @typedef {{at: string, stream: string, text: string}} LogLine */

/**
 * @param {LogLine} line
 */
function makeLine({ stream, text }) {
  const spans = readLine(text).map((span) => make("span", span.classes, span.text));
  return make("div", stream === "err" ? "desk-log__line desk-log__line--err" : "desk-log__line", ...spans);
}

/**
 * Follow a container's log by asking again and again for what came after the last line.
 *
 * @param {Desk} desk
 * @param {string} id
 * @returns {{element: HTMLElement, ask: () => void, setLive: (live: boolean) => void, close: () => void}}
 */
function makeLog(desk, id) {
  const lines = make("div", "desk-log__lines");
  const note = make("p", "desk-log__note", gettext("Reading its log…"));
  const element = make("div", "desk-log", note, lines);
  element.tabIndex = 0;
  element.setAttribute("role", "log");
  element.setAttribute("aria-live", "off");
  element.setAttribute("aria-label", gettext("Log"));
  let since = "";
  let asking = false;
  let open = true;
  let isLive = true;
  let cut = false;

  /** @param {{lines: LogLine[], cut: boolean}} answer */
  const add = (answer) => {
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    lines.append(...answer.lines.map(makeLine));
    while (lines.children.length > LINES_MAX) lines.firstElementChild?.remove();
    // The two streams' lines may be a little out of order.
    for (const { at } of answer.lines) if (at > since) since = at;
    cut ||= answer.cut || lines.children.length === LINES_MAX;
    if (!lines.children.length) setText(note, gettext("It has printed nothing yet."));
    else if (cut) setText(note, gettext("Only the last lines are here."));
    toggleShown(note, cut || !lines.children.length);
    if (atEnd) element.scrollTop = element.scrollHeight;
  };

  const ask = async () => {
    if (asking || !open) return;
    asking = true;
    try {
      const answer = await desk.context.act("read-logs", since ? { id, since } : { id });
      if (open) add(answer);
    } catch (error) {
      if (open && error instanceof Error) {
        setText(note, error.message);
        toggleShown(note, true);
      }
    } finally {
      asking = false;
    }
  };
  // Nothing is asked for that nobody sees, or that can't have changed.
  const poll = () => void (isLive && !document.hidden && element.checkVisibility() && ask());
  const timer = window.setInterval(poll, POLL_MS);
  void ask();
  return {
    element,
    ask: () => void ask(),
    setLive: (live) => {
      isLive = live;
    },
    close: () => {
      open = false;
      window.clearInterval(timer);
    },
  };
}

/**
 * @param {Desk} desk
 * @param {Container} first
 * @param {() => void} leave goes back to the list
 * @returns {{element: HTMLElement, id: string, show: (container: Container | undefined) => void, close: () => void}}
 */
export function makeDetails(desk, first, leave) {
  let container = first;
  const log = makeLog(desk, first.id);
  const back = wordButton("arrow-left", gettext("Containers"), leave);
  back.classList.add("desk__back");
  const sign = make("span", "desk__state");
  const title = make("h3", "desk__heading");
  const status = make("span", "desk__status");
  const ports = make("span", "desk__ports");
  const facts = make("p", "desk__facts");

  const start = wordButton("play", gettext("Start"), () => desk.run(container, "start"));
  const stop = wordButton("stop", gettext("Stop"), () => desk.run(container, "stop"));
  const restart = wordButton("again", gettext("Restart"), () => desk.run(container, "restart"));
  const go = wordButton("play", gettext("Continue"), () => desk.run(container, "unpause"));
  const shell = wordButton("terminal", gettext("Shell"), () => openShell(desk, container));
  const remove = wordButton("trash", gettext("Remove"), () => desk.remove(removalOf(desk, container)));
  const verbs = [start, stop, go, restart, shell, remove];
  const element = make(
    "section",
    "desk__details",
    make("div", "desk__top", back, sign, make("div", "desk__text", title, status)),
    make("div", "desk__verbs", ...verbs),
    make("div", "desk__line", ports, facts),
    log.element,
  );
  element.setAttribute("aria-label", nameOf(first));

  /** @param {Container | undefined} next */
  const show = (next) => {
    if (!next) {
      log.setLive(false);
      sign.className = "desk__state desk__state--stopped";
      setText(status, gettext("It has been removed."));
      if (element.contains(document.activeElement)) back.focus();
      for (const button of verbs) toggleShown(button, false);
      return;
    }
    const changed = next.status !== container.status;
    container = next;
    const pending = desk.pending(container.id);
    const { state } = container;
    const live = ["running", "restarting"].includes(state);
    log.setLive(live);
    showState(sign, container, pending);
    setText(title, nameOf(container));
    setText(status, pending ? pendingTexts()[pending] : container.status || state);
    showPorts(ports, container, desk, PORTS_SHOWN);
    setText(facts, factsOf(container));
    const shown = new Map([
      [start, !live && state !== "paused"],
      [stop, live],
      [go, state === "paused"],
      [restart, live],
      [shell, true],
      [remove, true],
    ]);
    const focused = document.activeElement;
    for (const [button, fits] of shown) {
      toggleShown(button, fits && desk.context.acts);
      setDisabled(button, Boolean(pending));
    }
    setDisabled(shell, state !== "running" || !shellCommand(container.name, container.id));
    if (focused instanceof HTMLElement && focused.hidden && element.contains(focused)) {
      verbs.find((button) => !button.hidden)?.focus();
    }
    if (changed) log.ask();
  };
  show(first);
  return { element, id: first.id, show, close: log.close };
}

/**
 * @param {Container} container
 * @returns {string}
 */
function factsOf(container) {
  const networks = container.networks.map(({ name, address }) => [name, address].filter(Boolean).join(" "));
  const mounts = container.mounts.map(({ name, destination }) => {
    const volume = /^[0-9a-f]{64}$/.test(name) ? shortId(name) : name;
    return fill(gettext("%(volume)s at %(folder)s"), { volume, folder: destination });
  });
  return [shortId(container.id), container.image, container.command, ...networks, ...mounts]
    .filter(Boolean)
    .join(" · ");
}

