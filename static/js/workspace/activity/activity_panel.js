/**
 * List below the terminal what happens in the lesson's Docker machines. Closed, the panel shows the
 * newest line and is silent to screen readers; open, they hear each line as it comes.
 */

import { find, make } from "../../lib/dom.js";
import { recall, remember } from "../../lib/storage.js";
import { activityMessage } from "./activity_messages.js";

/** @import { MachineEventMessage } from "../../lib/api_types.js" */

const LINES_MAX = 100;
const KEY = "activity";

/**
 * @param {string} at ISO 8601
 * @returns {HTMLElement}
 */
function timeOf(at) {
  const time = make("time", "activity__time", new Date(at).toLocaleTimeString());
  time.setAttribute("datetime", at);
  return time;
}

/**
 * Name a message, so that one which comes twice is shown once.
 *
 * @param {MachineEventMessage} message
 */
function identify({ machine, event }) {
  return [machine, event.at, event.kind, event.subject].join(" ");
}

/**
 * Wire the panel, where the page has one.
 *
 * @param {HTMLElement} pane
 * @param {number} machines how many the lesson has
 * @returns {(messages: MachineEventMessage[]) => void} shows what happened before, too
 */
export function wireActivity(pane, machines) {
  const panel = pane.querySelector("#activity");
  if (!(panel instanceof HTMLElement)) return () => {};
  const toggle = find("[data-activity-toggle]", HTMLButtonElement, panel);
  const list = find("#activity-list", HTMLElement, panel);
  const lines = find("[data-activity-lines]", HTMLElement, panel);
  const last = find("[data-activity-last]", HTMLElement, panel);

  /** @param {boolean} open */
  const show = (open) => {
    toggle.setAttribute("aria-expanded", String(open));
    list.hidden = !open;
    last.hidden = open;
    list.scrollTop = list.scrollHeight;
  };

  /** @type {Map<string, MachineEventMessage>} */
  const known = new Map();

  /** @param {MachineEventMessage[]} messages */
  const add = (messages) => {
    for (const message of messages) {
      if (activityMessage(message.event)) known.set(identify(message), message);
    }
    const inOrder = [...known.values()].sort((a, b) => Date.parse(a.event.at) - Date.parse(b.event.at));
    for (const message of inOrder.splice(0, inOrder.length - LINES_MAX)) {
      known.delete(identify(message));
    }
    render(inOrder);
  };

  /** @param {MachineEventMessage[]} messages */
  const render = (messages) => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
    const texts = messages.map(({ event, name }) => {
      const text = activityMessage(event);
      return machines > 1 ? `${name}: ${text}` : text;
    });
    // Lines that stay are left alone, so that screen readers hear only what is new.
    const lineOf = new Map(messages.map((message, at) => [identify(message), texts[at]]));
    for (const line of [...lines.children]) {
      if (!lineOf.has(/** @type {HTMLElement} */ (line).dataset.message ?? "")) line.remove();
    }
    messages.forEach((message, at) => {
      const id = identify(message);
      const current = /** @type {HTMLElement | undefined} */ (lines.children[at]);
      if (current?.dataset.message === id) return;
      const line = make("li", "activity__line", timeOf(message.event.at), texts[at]);
      line.dataset.message = id;
      lines.insertBefore(line, current ?? null);
    });
    if (atEnd) list.scrollTop = list.scrollHeight;
    const newest = texts.at(-1);
    if (newest) last.textContent = newest;
  };

  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    remember(KEY, open ? "open" : "closed");
    show(open);
  });
  document.addEventListener("machine-activity", (event) => {
    add([/** @type {CustomEvent} */ (event).detail]);
  });
  show(recall(KEY) === "open");
  return add;
}
