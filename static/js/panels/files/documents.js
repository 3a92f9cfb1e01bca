/**
 * Keep the files that are open in the editor: what was read, what has been changed since, and what
 * to do when the machine has something else by now. Changes outlive a reload, within a bound.
 */

import { PanelError } from "../panel_socket.js";

/**
 * @import { MachineFiles } from "./machine_files.js"
 */

/**
 * @typedef {object} OpenFile
 * @property {string} path
 * @property {"text" | "binary" | "large"} kind
 * @property {string} base the text as it was read or saved
 * @property {string} text the text as it is now
 * @property {string} version what the file was then; "new" for one that is not there
 * @property {number} size
 * @property {boolean} changed
 * @property {boolean} saving
 *
 * @typedef {object} Conflict what the machine has instead of what was expected
 * @property {string} version "" when the file is gone
 * @property {"text" | "binary" | "large" | "gone"} kind
 * @property {string} text
 *
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store
 */

export const OPEN_MAX = 12;
/** Characters of unsaved text that are stored over a reload; browsers keep five million in all. */
const KEPT_CHARS = 1_500_000;
/** What a file was is not known any more; no text is like it. */
const UNKNOWN = "\0";

export class Documents {
  /** @type {OpenFile[]} */
  files = [];
  current = "";
  #machine;
  #store;
  #key;

  /**
   * @param {MachineFiles} machine
   * @param {Store} store
   * @param {string} key in the store
   */
  constructor(machine, store, key) {
    this.#machine = machine;
    this.#store = store;
    this.#key = key;
  }

  /** @param {string} path */
  find(path) {
    return this.files.find((file) => file.path === path);
  }

  get anyChanged() {
    return this.files.some(({ changed }) => changed);
  }

  /**
   * Open a file, or show the one that is open already.
   *
   * @param {string} path
   * @returns {Promise<OpenFile>}
   */
  async open(path) {
    const before = this.find(path);
    const file = before ?? (await this.#read(path));
    // Somebody may have clicked twice.
    const known = this.find(path);
    if (!known) this.files.push(file);
    this.current = path;
    this.keep();
    return known ?? file;
  }

  /**
   * @param {string} path
   * @returns {Promise<OpenFile>}
   */
  async #read(path) {
    const { kind, text, version, size } = await this.#machine.readText(path);
    return { path, kind, base: text, text, version, size, changed: false, saving: false };
  }

  /**
   * Open what is not there yet; saving makes it.
   *
   * @param {string} path
   * @returns {OpenFile}
   */
  create(path) {
    const known = this.find(path);
    /** @type {OpenFile} */
    const file = known ?? {
      path, kind: "text", base: "", text: "", version: "new", size: 0, changed: true, saving: false,
    };
    if (!known) this.files.push(file);
    this.current = path;
    return file;
  }

  /**
   * @param {OpenFile} file
   * @param {string} text
   */
  change(file, text) {
    file.text = text;
    file.changed = file.version === "new" || text !== file.base;
    this.keep();
  }

  /** @param {OpenFile} file */
  close(file) {
    const at = this.files.indexOf(file);
    if (at < 0) return;
    this.files.splice(at, 1);
    if (this.current === file.path) this.current = this.files[Math.max(0, at - 1)]?.path ?? "";
    this.keep();
  }

  /**
   * Take over that files have got other paths.
   *
   * @param {string} from
   * @param {string} to
   */
  move(from, to) {
    for (const file of this.files) {
      if (file.path === from) file.path = to;
      else if (file.path.startsWith(`${from}/`)) file.path = to + file.path.slice(from.length);
    }
    if (this.current === from) this.current = to;
    else if (this.current.startsWith(`${from}/`)) this.current = to + this.current.slice(from.length);
    this.keep();
  }

  /**
   * Save a file.
   *
   * @param {OpenFile} file
   * @returns {Promise<Conflict | null>} what is there instead of what was read; null when saved
   */
  async save(file) {
    if (file.saving) return null;
    file.saving = true;
    try {
      const conflict = await this.#saveOver(file, file.version);
      if (!conflict) return null;
      if (conflict.kind === "text" && conflict.text === file.text) {
        this.#saved(file, file.text, conflict.version);
        return null;
      }
      // Touched, or saved with the same text: nothing is lost.
      if (conflict.kind === "text" && conflict.text === file.base && file.version !== "new") {
        return await this.#saveOver(file, conflict.version);
      }
      return conflict;
    } finally {
      file.saving = false;
    }
  }

  /**
   * Save a file over what is there, after somebody has seen that.
   *
   * @param {OpenFile} file
   * @param {Conflict} conflict
   * @returns {Promise<Conflict | null>} what is there by now, if that is another again
   */
  async keepMine(file, conflict) {
    return this.#saveOver(file, conflict.version || "new");
  }

  /**
   * @param {OpenFile} file
   * @param {Conflict} conflict of kind "text"
   */
  takeTheirs(file, conflict) {
    file.text = conflict.text;
    this.#saved(file, conflict.text, conflict.version);
  }

  /**
   * Read a file again, unless it has been changed here.
   *
   * @param {OpenFile} file
   * @returns {Promise<boolean>} whether it has another text now
   */
  async refresh(file) {
    if (file.changed || file.saving) return false;
    const version = await this.#machine.version(file.path);
    if (version === file.version || !version || file.changed || file.saving) return false;
    const fresh = await this.#read(file.path);
    if (file.changed || file.saving) return false;
    const differs = fresh.text !== file.text || fresh.kind !== file.kind;
    Object.assign(file, fresh);
    this.keep();
    return differs;
  }

  /**
   * @param {OpenFile} file
   * @param {string} version
   * @returns {Promise<Conflict | null>}
   */
  async #saveOver(file, version) {
    const { text } = file;
    const saved = await this.#machine.write(file.path, text, {
      version,
      parents: version === "new",
    });
    if (saved.saved) {
      this.#saved(file, text, saved.version ?? "");
      return null;
    }
    if (!saved.there) return { version: "", kind: "gone", text: "" };
    try {
      const there = await this.#machine.readText(file.path);
      return { version: there.version, kind: there.kind, text: there.text };
    } catch (error) {
      if (error instanceof PanelError && error.code === "missing") {
        return { version: "", kind: "gone", text: "" };
      }
      throw error;
    }
  }

  /**
   * @param {OpenFile} file
   * @param {string} text
   * @param {string} version
   */
  #saved(file, text, version) {
    Object.assign(file, { base: text, version, size: new TextEncoder().encode(text).length });
    this.change(file, file.text);
  }

  /** Keep what is open, with what has not been saved, for a reload. */
  keep() {
    let room = KEPT_CHARS;
    const files = this.files.map(({ path, version, changed, text }) => {
      const stored = changed && text.length <= room;
      if (stored) room -= text.length;
      return stored ? { path, version, text } : { path };
    });
    try {
      if (files.length) {
        this.#store.setItem(this.#key, JSON.stringify({ files, current: this.current }));
      } else this.#store.removeItem(this.#key);
    } catch {
      // Storage is blocked or full: what is not saved ends with the page, which asks before.
    }
  }

  /**
   * Open what was open before a reload.
   *
   * @returns {Promise<void>}
   */
  async restore() {
    const { files, current } = this.#stored();
    const read = files.slice(0, OPEN_MAX).map((stored) => this.#restoreFile(stored));
    for (const file of await Promise.all(read)) {
      if (file && !this.find(file.path)) this.files.push(file);
    }
    if (!this.current) this.current = this.find(current) ? current : (this.files[0]?.path ?? "");
  }

  /**
   * @returns {{files: {path: string, version?: string, text?: string}[], current: string}}
   */
  #stored() {
    try {
      const stored = JSON.parse(this.#store.getItem(this.#key) ?? "null");
      return { files: stored?.files ?? [], current: stored?.current ?? "" };
    } catch {
      return { files: [], current: "" };
    }
  }

  /**
   * @param {{path: string, version?: string, text?: string}} stored
   * @returns {Promise<OpenFile | null>}
   */
  async #restoreFile({ path, version, text }) {
    const draft = typeof text === "string" && typeof version === "string";
    try {
      const file = await this.#read(path);
      if (!draft || file.kind !== "text") return file;
      // A version that is no longer there is asked about when it is saved.
      const base = version === file.version ? file.base : UNKNOWN;
      return { ...file, base, version, text, changed: text !== file.base };
    } catch {
      if (!draft) return null;
      return { path, kind: "text", base: UNKNOWN, text, version, size: 0, changed: true, saving: false };
    }
  }
}
