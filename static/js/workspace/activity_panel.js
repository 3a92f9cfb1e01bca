/** The list below the terminal of what happens in the lesson's Docker machines. Closed it shows the newest line and says
 * nothing to screen readers; who opens it hears of what comes. */

import { activityOf } from "./activity_messages.js";
import { find, make, recall, remember } from "../lib/dom.js";

const LINES_MAX = 100;
const KEY = "activity";

/** @param {string} at ISO 8601 @returns {HTMLElement} */
function timeOf(at) {
  const time = make("time", "activity__time", new Date(at).toLocaleTimeString());
  time.setAttribute("datetime", at);
  return time;
}

/** Wire the panel, where the page has one. @param {HTMLElement} bench @param {number} machines how many the lesson has */
export function wireActivity(bench, machines) {
  const panel = bench.querySelector("#activity");
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

  /** @param {import("../lib/api_types.js").MachineEventMessage} message */
  const add = ({ event, name }) => {
    const words = activityOf(event);
    if (!words) return;
    const text = machines > 1 ? `${name}: ${words}` : words;
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
    lines.append(make("li", "activity__line", timeOf(event.at), text));
    while (lines.childElementCount > LINES_MAX) lines.firstElementChild?.remove();
    if (follows) list.scrollTop = list.scrollHeight;
    last.textContent = text;
  };

  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    remember(KEY, open ? "open" : "closed");
    show(open);
  });
  document.addEventListener("machine-activity", (happened) => add(/** @type {CustomEvent} */ (happened).detail));
  show(recall(KEY) === "open");
}
