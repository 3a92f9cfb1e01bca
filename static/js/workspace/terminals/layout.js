/**
 * Know which terminals a lesson's machines have, what they are called, and which are shown. Shows
 * nothing itself and knows nothing of the page (tests/unit/js/terminal_layout.test.mjs).
 *
 * A machine's first terminal is always there. The others are names at its PTY server, which keeps
 * their shells: whoever comes back with the names finds the shells as they were.
 */

/** The first terminal of every machine, by the name that the PTY server knows. */
export const MAIN = "main";
/** Of one machine; its PTY server has room for eight, and another window may have its own. */
export const TERMINALS_MAX = 6;
export const TITLE_MAX = 40;

const NAME = /^[a-z0-9-]{1,32}$/;

/**
 * @typedef {"" | "beside" | "below"} Split how two terminals are shown at once
 *
 * @typedef {object} TerminalEntry
 * @property {string} id the machine's name for its first terminal, "box:t2" for another
 * @property {string} machine
 * @property {string} name at the PTY server
 * @property {number} number what it is called where it has no title: "box 2"
 * @property {string} title "" for none
 * @property {string} command that a panel opened it with
 *
 * @typedef {object} StoredLayout
 * @property {TerminalEntry[]} terminals
 * @property {string[]} shown ids
 * @property {string} active id
 * @property {Split} split
 * @property {number} next
 */

/**
 * Cut what may be a program's text, such as a container's name, to a title of one line.
 *
 * @param {string} text
 */
export function cleanTitle(text) {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return [...line].slice(0, TITLE_MAX).join("");
}

export class TerminalLayout {
  /** @type {TerminalEntry[]} */
  terminals;
  /** Ids: one, or two where they are split. @type {string[]} */
  shown;
  active;
  /** @type {Split} */
  split = "";
  #machines;
  #next = 2;
  /** @type {(() => void)[]} */
  #listeners = [];

  /**
   * @param {string[]} machines
   * @param {string | null} [stored] what `serialise` gave
   */
  constructor(machines, stored = null) {
    this.#machines = machines;
    this.terminals = machines.map((machine) => first(machine));
    this.active = machines[0] ?? "";
    this.shown = [this.active];
    const layout = parse(stored);
    if (!layout) return;
    this.#take(layout);
    const shown = layout.shown.filter((id, at) => this.find(id) && layout.shown.indexOf(id) === at);
    if (shown.length) this.shown = shown.slice(0, layout.split ? 2 : 1);
    this.active = this.shown.includes(layout.active) ? layout.active : this.shown[0];
    this.split = this.shown.length > 1 ? layout.split : "";
  }

  /** @param {() => void} listener called after every change */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }

  /** @returns {string} */
  serialise() {
    const { terminals, shown, active, split } = this;
    return JSON.stringify({ terminals, shown, active, split, next: this.#next });
  }

  /**
   * Take over the terminals that another window of the same lesson has opened or closed.
   *
   * @param {string | null} stored
   */
  adopt(stored) {
    const layout = parse(stored);
    if (!layout) return;
    this.#take(layout);
    this.shown = this.shown.filter((id) => this.find(id));
    if (!this.shown.length) this.shown = [this.terminals[0].id];
    this.#settle();
  }

  /** @param {string} id */
  find(id) {
    return this.terminals.find((terminal) => terminal.id === id);
  }

  /** @param {string} machine */
  of(machine) {
    return this.terminals.filter((terminal) => terminal.machine === machine);
  }

  /** The machine whose terminal is the active one. */
  get machine() {
    return this.find(this.active)?.machine ?? "";
  }

  /** @param {TerminalEntry} terminal */
  label({ title, name, machine, number }) {
    return title || (name === MAIN ? machine : `${machine} ${number}`);
  }

  /**
   * Say in which of a machine's terminals a block is entered: the active one where it is that
   * machine's, else one that is shown, else the first.
   *
   * @param {string} machine
   */
  preferred(machine) {
    const ids = [this.active, ...this.shown];
    return ids.find((id) => this.find(id)?.machine === machine) ?? machine;
  }

  /** @param {string} machine */
  hasRoom(machine) {
    return this.of(machine).length < TERMINALS_MAX;
  }

  /**
   * Add a terminal and show it.
   *
   * @param {string} machine
   * @param {{title?: string, command?: string}} [options]
   * @returns {TerminalEntry | null} null where there are as many as there may be
   */
  add(machine, { title = "", command = "" } = {}) {
    if (!this.#machines.includes(machine) || !this.hasRoom(machine)) return null;
    const name = `t${this.#next}`;
    this.#next += 1;
    const numbers = new Set(this.of(machine).map(({ number }) => number));
    let number = 2;
    while (numbers.has(number)) number += 1;
    const id = `${machine}:${name}`;
    const entry = { id, machine, name, number, title: cleanTitle(title), command };
    const last = this.terminals.findLastIndex((terminal) => terminal.machine === machine);
    this.terminals.splice(last + 1, 0, entry);
    this.choose(entry.id);
    return entry;
  }

  /**
   * Forget a terminal; a machine's first one stays.
   *
   * @param {string} id
   */
  remove(id) {
    const at = this.terminals.findIndex((terminal) => terminal.id === id);
    if (at < 0 || this.terminals[at].name === MAIN) return;
    const before = this.terminals[at - 1].id; // the first one of the machine stands before it
    this.terminals.splice(at, 1);
    if (this.shown.length > 1) this.shown = this.shown.filter((other) => other !== id);
    else if (this.shown[0] === id) this.shown = [before];
    this.#settle();
  }

  /**
   * @param {string} id
   * @param {string} title "" for the name that it has by itself
   */
  rename(id, title) {
    const terminal = this.find(id);
    if (!terminal) return;
    terminal.title = cleanTitle(title);
    this.#changed();
  }

  /**
   * Show a terminal, in the place of the active one unless it is shown already.
   *
   * @param {string} id
   */
  choose(id) {
    if (!this.find(id)) return;
    if (!this.shown.includes(id)) this.shown[this.shown.indexOf(this.active)] = id;
    this.active = id;
    this.#changed();
  }

  /**
   * Show two terminals at once, or one again. A second one is opened where there is no other.
   *
   * @param {Split} split
   */
  setSplit(split) {
    if (!split) this.shown = [this.active];
    else if (this.shown.length < 2) {
      const id = this.#second();
      if (!id) return;
      const order = this.terminals.map((terminal) => terminal.id);
      this.shown = [this.active, id].sort((a, b) => order.indexOf(a) - order.indexOf(b));
      this.active = id;
    }
    this.split = split;
    this.#changed();
  }

  #second() {
    const { active, machine } = this;
    const others = this.terminals.filter(({ id }) => id !== active);
    const other = others.find((terminal) => terminal.machine === machine) ?? others[0];
    if (other) return other.id;
    const added = this.add(machine)?.id;
    this.shown = [active];
    this.active = active;
    return added;
  }

  /** @param {StoredLayout} layout */
  #take(layout) {
    this.terminals = this.#machines.flatMap((machine) => {
      const known = layout.terminals.filter((terminal) => terminal.machine === machine);
      const main = known.find(({ name }) => name === MAIN) ?? first(machine);
      const rest = known.filter(({ name }) => name !== MAIN);
      return [main, ...rest].slice(0, TERMINALS_MAX);
    });
    this.#next = Math.max(this.#next, layout.next);
  }

  /** Bring what is active and split in line with what is shown. */
  #settle() {
    if (!this.shown.includes(this.active)) this.active = this.shown[0];
    if (this.shown.length < 2) this.split = "";
    this.#changed();
  }
}

/**
 * @param {string} machine
 * @returns {TerminalEntry}
 */
function first(machine) {
  return { id: machine, machine, name: MAIN, number: 1, title: "", command: "" };
}

/**
 * Read what was stored, by whatever version of this page.
 *
 * @param {string | null} stored
 * @returns {StoredLayout | null}
 */
function parse(stored) {
  try {
    const layout = JSON.parse(stored ?? "");
    const terminals = layout.terminals.filter(isEntry).map(cleanEntry);
    const ids = new Set(terminals.map((/** @type {TerminalEntry} */ { id }) => id));
    if (ids.size < terminals.length) return null;
    return {
      terminals,
      shown: layout.shown.map(String),
      active: String(layout.active),
      split: ["beside", "below"].includes(layout.split) ? layout.split : "",
      next: Number.isInteger(layout.next) ? layout.next : 2,
    };
  } catch {
    return null;
  }
}

/** @param {any} entry */
function isEntry(entry) {
  return typeof entry?.machine === "string" && NAME.test(entry.name);
}

/**
 * @param {any} entry
 * @returns {TerminalEntry}
 */
function cleanEntry({ machine, name, number, title, command }) {
  return {
    id: name === MAIN ? machine : `${machine}:${name}`,
    machine,
    name,
    number: Number.isInteger(number) ? number : 2,
    title: cleanTitle(String(title ?? "")),
    command: String(command ?? ""),
  };
}
