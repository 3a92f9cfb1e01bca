/**
 * List below the terminal what happens in the lesson's Docker machines. Closed, the panel shows the
 * newest line and is silent to screen readers; open, they hear each line as it comes.
 */

import { find, make } from "../lib/dom.js";
import { recall, remember } from "../lib/storage.js";
import { activityMessage } from "./activity_messages.js";

/** @import { MachineEventMessage } from "../lib/api_types.js" */

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
 * Wire the panel, where the page has one.
 *
 * @param {HTMLElement} pane
 * @param {number} machines how many the lesson has
 */
export function wireActivity(pane, machines) {
  const panel = pane.querySelector("#activity");
  if (!(panel instanceof HTMLElement)) return;
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

  /** @param {MachineEventMessage} message */
  const add = ({ event, name }) => {
    const message = activityMessage(event);
    if (!message) return;
    const text = machines > 1 ? `${name}: ${message}` : message;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
    lines.append(make("li", "activity__line", timeOf(event.at), text));
    while (lines.childElementCount > LINES_MAX) lines.firstElementChild?.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
    last.textContent = text;
  };

  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    remember(KEY, open ? "open" : "closed");
    show(open);
  });
  document.addEventListener("machine-activity", (event) => {
    add(/** @type {CustomEvent} */ (event).detail);
  });
  show(recall(KEY) === "open");
}
