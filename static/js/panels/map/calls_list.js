/** List commands with the calls that they made, the latest first, each line in its place. */

import { icon, make } from "../../lib/dom.js";
import { gettext } from "../../lib/i18n.js";
import { explain, explainStatus, milliseconds, shortPath } from "./explain.js";
import { countCalls, describeCommand } from "./group.js";

/**
 * @import { Call } from "./explain.js"
 * @import { Command } from "./group.js"
 */

const SHOWN = 30;

/**
 * @param {Call} call
 * @returns {HTMLElement} a line
 */
function lineOf(call) {
  const path = make("code", "map-call__path", shortPath(call.path) + (call.cut ? "…" : ""));
  path.title = call.path;
  const line = make(
    "li",
    "map-call",
    make("span", "map-call__method", call.method),
    path,
    make("span", "map-call__status"),
    make("span", "map-call__ms"),
    make("span", "map-call__meaning", explain(call).title),
  );
  return line;
}

/**
 * @param {HTMLElement} line
 * @param {Call} call
 */
function fillLine(line, call) {
  const [, , status, ms] = line.children;
  status.textContent = call.status ? String(call.status) : "…";
  status.className = `map-call__status map-call__status--${Math.floor(call.status / 100) || "none"}`;
  /** @type {HTMLElement} */ (status).title = explainStatus(call);
  ms.textContent = call.status ? milliseconds(call.ms) : "";
}

/** A command's entry. */
class Entry {
  /** @type {Map<number, HTMLElement>} */
  #lines = new Map();
  #title = make("span", "map-command__title");
  #hint = make("code", "map-command__hint");
  #count = make("span", "map-command__count");
  #list = make("ol", "map-command__calls");
  /** @type {Command | null} */
  #command = null;

  /** @param {(command: Command) => void} play */
  constructor(play) {
    const summary = make("summary", "map-command__head", this.#title, this.#hint, this.#count);
    this.details = /** @type {HTMLDetailsElement} */ (make("details", "map-command__details", summary, this.#list));
    const button = make("button", "map-command__replay", icon("play"), gettext("Replay slowly"));
    button.setAttribute("type", "button");
    button.addEventListener("click", () => this.#command && play(this.#command));
    this.button = button;
    this.root = make("li", "map-command", this.details, button);
  }

  /** @param {Command} command */
  update(command) {
    this.#command = command;
    const { title, hint } = describeCommand(command);
    this.#title.textContent = title;
    this.#hint.textContent = hint;
    this.#hint.hidden = !hint;
    this.#count.textContent = countCalls(command);
    this.button.setAttribute("aria-label", `${gettext("Replay slowly")}: ${title}`);
    for (const call of command.calls) {
      let line = this.#lines.get(call.id);
      if (!line) {
        line = lineOf(call);
        this.#lines.set(call.id, line);
        this.#list.append(line);
      }
      fillLine(line, call);
    }
  }
}

export class CallsList {
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  #list = make("ol", "map-commands");
  #empty = make("p", "map-calls__empty");
  #play;

  /** @param {(command: Command) => void} play */
  constructor(play) {
    this.#play = play;
    const heading = make("h3", "map-calls__heading", gettext("What was asked of the engine"));
    this.root = make("section", "map-calls", heading, this.#empty, this.#list);
  }

  /**
   * @param {Command[]} commands oldest first
   * @param {string} problem why nothing is known, "" when it is
   */
  update(commands, problem) {
    const shown = commands.slice(-SHOWN).reverse();
    const empty = gettext("Nothing yet. Type a docker command, and each call that it makes is listed here.");
    this.#empty.textContent = problem || empty;
    this.#empty.hidden = !problem && shown.length > 0;
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, entry] of this.#entries) {
      if (ids.has(id)) continue;
      entry.root.remove();
      this.#entries.delete(id);
    }
    shown.forEach((command, index) => {
      let entry = this.#entries.get(command.id);
      if (!entry) {
        entry = new Entry(this.#play);
        this.#entries.set(command.id, entry);
        entry.details.open = index === 0;
        if (index === 0) this.#close(command.id);
      }
      entry.update(command);
      if (this.#list.children[index] !== entry.root) {
        this.#list.insertBefore(entry.root, this.#list.children[index] ?? null);
      }
    });
  }

  /**
   * Close all but the latest, unless somebody reads there.
   *
   * @param {number} latest
   */
  #close(latest) {
    for (const [id, { details, root }] of this.#entries) {
      if (id !== latest && !root.contains(document.activeElement)) details.open = false;
    }
  }
}
