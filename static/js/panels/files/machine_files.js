/** Read and write a machine's files over the page's panels: whole, though they travel in pieces. */

import { fill, gettext } from "../../lib/i18n.js";
import { PanelError } from "../panel_socket.js";
import { join } from "./paths.js";

/**
 * @typedef {object} FileLimits figures of platform/core/budgets.py
 * @property {number} piece_bytes
 * @property {number} file_bytes
 * @property {number} text_bytes
 * @property {number} folders_at_once
 * @property {number} folder_entries
 *
 * @typedef {object} Entry
 * @property {string} name
 * @property {"file" | "folder" | "link" | "pipe" | "socket" | "device"} kind
 * @property {number} size
 * @property {number} mode
 * @property {number} changed in seconds since 1970
 * @property {string} leads_to kind of what a link leads to, "" for nothing
 *
 * @typedef {object} Folder
 * @property {string} path
 * @property {Entry[]} entries
 * @property {number} total
 * @property {boolean} more there are more than `total` even
 * @property {string} [problem] why it can't be listed
 * @property {string} [reason]
 *
 * @typedef {object} Content what is in a file
 * @property {"text" | "binary" | "large"} kind
 * @property {string} text "" for what is no text
 * @property {string} version
 * @property {number} size
 * @property {number} mode
 *
 * @typedef {object} Saved
 * @property {boolean} saved
 * @property {string} [version] of what was saved
 * @property {number} [size]
 * @property {string} [there] version of what is there instead of what was expected; "" for nothing
 *
 * @typedef {(action: string, args?: Record<string, any>) => Promise<any>} Act
 */

const BUSY_TRIES = 20;
const BUSY_MS = 250;

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * Read bytes as text that is written back as the same bytes.
 *
 * @param {Uint8Array} bytes
 * @returns {string | null} null for what is no text
 */
export function asText(bytes) {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** @returns {string} */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {number} bytes */
function inMebibytes(bytes) {
  return Math.round(bytes / 1024 ** 2);
}

export class MachineFiles {
  #send;

  /**
   * @param {Act} act of a panel's context, or PanelSocket.act for a machine
   * @param {FileLimits} limits the panel's `data`
   */
  constructor(act, limits) {
    this.#send = act;
    this.limits = limits;
  }

  /**
   * @param {string} action
   * @param {Record<string, any>} args
   * @returns {Promise<any>}
   */
  async #act(action, args) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#send(`files.${action}`, args);
      } catch (error) {
        if (!(error instanceof PanelError) || error.code !== "busy" || tries === BUSY_TRIES) {
          throw error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
  }

  /**
   * @param {string[]} paths
   * @param {number} [offset] of the first entry
   * @returns {Promise<Folder[]>}
   */
  async list(paths, offset = 0) {
    /** @type {Folder[]} */
    const folders = [];
    let left = paths;
    while (left.length) {
      const some = left.slice(0, this.limits.folders_at_once);
      const answer = await this.#act("list", { paths: some, offset });
      /** @type {Folder[]} */
      const listed = answer.folders;
      const done = listed.filter(({ reason }) => reason !== "later");
      // One alone always fits; whoever says otherwise is no machine of ours.
      const taken = done.length ? done : listed;
      folders.push(...taken);
      const paths_done = new Set(taken.map(({ path }) => path));
      left = left.filter((path) => !paths_done.has(path));
    }
    return folders;
  }

  /**
   * Tell the version of a file; "" when there is none.
   *
   * @param {string} path
   * @returns {Promise<string>}
   */
  async version(path) {
    try {
      return (await this.#act("read", { path, offset: Number.MAX_SAFE_INTEGER })).version;
    } catch (error) {
      if (error instanceof PanelError && error.code === "missing") return "";
      throw error;
    }
  }

  /**
   * Read a file as the editor shows it.
   *
   * @param {string} path
   * @returns {Promise<Content>}
   */
  async readText(path) {
    const first = await this.#act("read", { path, offset: 0 });
    const { version, size, mode } = first;
    const about = { text: "", version, size, mode };
    if (size > this.limits.text_bytes) return { ...about, kind: "large" };
    const start = fromBase64(first.data);
    if (start.includes(0)) return { ...about, kind: "binary" };
    const bytes = await this.#readOn(path, first, start, this.limits.text_bytes);
    const text = asText(bytes);
    return text === null ? { ...about, kind: "binary" } : { ...about, kind: "text", text };
  }

  /**
   * Read a whole file.
   *
   * @param {string} path
   * @param {(share: number) => void} [onProgress]
   * @returns {Promise<Uint8Array>}
   */
  async read(path, onProgress) {
    const first = await this.#act("read", { path, offset: 0 });
    if (first.size > this.limits.file_bytes) this.#refuseSize(first.size);
    const start = fromBase64(first.data);
    return this.#readOn(path, first, start, this.limits.file_bytes, onProgress);
  }

  /**
   * @param {string} path
   * @param {{version: string, size: number}} first
   * @param {Uint8Array} start
   * @param {number} most
   * @param {(share: number) => void} [onProgress]
   * @returns {Promise<Uint8Array>}
   */
  async #readOn(path, first, start, most, onProgress) {
    const chunks = [start];
    let offset = start.length;
    // A file of /proc claims to be empty, and has an end all the same.
    while (chunks.at(-1)?.length === this.limits.piece_bytes && offset <= most) {
      onProgress?.(first.size ? offset / first.size : 0);
      const next = await this.#act("read", { path, offset });
      if (next.version !== first.version) {
        throw new PanelError(gettext("The file changes while it is read. Try again."), "changed");
      }
      chunks.push(fromBase64(next.data));
      offset += chunks[chunks.length - 1].length;
    }
    if (offset > most) this.#refuseSize(offset);
    const bytes = new Uint8Array(offset);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** @param {number} size */
  #refuseSize(size) {
    const text = gettext("This file has %(size)s MiB; the page carries %(most)s MiB at most.");
    const values = { size: inMebibytes(size), most: inMebibytes(this.limits.file_bytes) };
    throw new PanelError(fill(text, values), "too-large");
  }

  /**
   * Write a whole file. It appears whole or not at all.
   *
   * @param {string} path
   * @param {Uint8Array | string} content
   * @param {object} [options]
   * @param {string} [options.version] what it was when it was read; "new" where there must be
   *   nothing, "any" to write over whatever is there
   * @param {boolean} [options.parents] make the folders above it
   * @param {(share: number) => void} [options.onProgress]
   * @param {(there: string) => Promise<boolean>} [options.decide] asked when something else is
   *   there: whether to write over it
   * @returns {Promise<Saved>}
   */
  async write(path, content, options = {}) {
    const { version = "any", parents = false, onProgress, decide } = options;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    if (bytes.length > this.limits.file_bytes) this.#refuseSize(bytes.length);
    const staged = bytes.length > this.limits.piece_bytes ? newKey() : "";
    if (staged) await this.#stage(path, staged, bytes, onProgress);
    const what = staged ? { staged } : { data: toBase64(bytes) };
    let saved = await this.#act("write", { path, version, parents, ...what });
    if (!saved.saved && (await decide?.(saved.there))) {
      saved = await this.#act("write", { path, version: saved.there || "new", parents, ...what });
    }
    if (!saved.saved && staged) await this.#act("discard", { path, key: staged });
    return saved;
  }

  /**
   * @param {string} path
   * @param {string} key
   * @param {Uint8Array} bytes
   * @param {(share: number) => void} [onProgress]
   */
  async #stage(path, key, bytes, onProgress) {
    try {
      for (let offset = 0; offset < bytes.length; offset += this.limits.piece_bytes) {
        const chunk = bytes.subarray(offset, offset + this.limits.piece_bytes);
        await this.#act("stage", { path, key, offset, data: toBase64(chunk) });
        onProgress?.((offset + chunk.length) / bytes.length);
      }
    } catch (error) {
      this.#act("discard", { path, key }).catch(() => {});
      throw error;
    }
  }

  /** @param {string} path */
  async makeFolder(path) {
    await this.#act("mkdir", { path });
  }

  /**
   * @param {string} path
   * @param {string} newPath
   */
  async rename(path, newPath) {
    await this.#act("rename", { path, new_path: newPath });
  }

  /**
   * @param {string} path
   * @param {boolean} [whole] also a folder with something in it
   * @returns {Promise<{removed: boolean, inside?: number, more?: boolean}>}
   */
  async remove(path, whole = false) {
    return this.#act("remove", { path, whole });
  }

  /**
   * Bring a file of the reader's into a folder.
   *
   * @param {string} folder
   * @param {File} file
   * @param {(share: number) => void} onProgress
   * @param {(there: string) => Promise<boolean>} decide whether to replace what is there
   * @returns {Promise<Saved>}
   */
  async upload(folder, file, onProgress, decide) {
    if (file.size > this.limits.file_bytes) this.#refuseSize(file.size);
    const bytes = new Uint8Array(await file.arrayBuffer());
    return this.write(join(folder, file.name), bytes, { version: "new", onProgress, decide });
  }
}
