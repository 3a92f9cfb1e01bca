/** Bring files into the machine and out of it, one after the other, and show how far they are. */

import { announce, icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { display, nameOf } from "./paths.js";

/**
 * @import { MachineFiles } from "./machine_files.js"
 */

/** Files of one drop; a folder of a project is for `git clone`. */
const DROPPED_MAX = 50;
const DONE_MS = 4_000;

/**
 * @param {DataTransfer} transfer
 * @returns {File[]} its files, without folders
 */
export function droppedFiles(transfer) {
  return [...transfer.items]
    .filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}

/**
 * Let the browser keep bytes as a file.
 *
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function keep(name, bytes) {
  const address = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)]));
  const link = document.createElement("a");
  link.href = address;
  link.download = display(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export class Transfers {
  #root;
  #files;
  #decide;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {HTMLElement} root shows what is under way
   * @param {MachineFiles} files
   * @param {(name: string) => Promise<boolean>} decide whether to replace what is there
   */
  constructor(root, files, decide) {
    this.#root = root;
    this.#files = files;
    this.#decide = decide;
  }

  /**
   * @param {string} folder
   * @param {File[]} dropped
   * @returns {Promise<string[]>} paths of what arrived
   */
  async upload(folder, dropped) {
    if (dropped.length > DROPPED_MAX) {
      const text = gettext("At most %(count)s files at once: pack them first, and unpack them in the machine.");
      this.#note(fill(text, { count: DROPPED_MAX }), true);
      return [];
    }
    /** @type {string[]} */
    const arrived = [];
    for (const file of dropped) {
      const text = fill(gettext("Uploading %(name)s"), { name: display(file.name) });
      await this.#run(text, async (onProgress) => {
        const decide = () => this.#decide(file.name);
        const { saved } = await this.#files.upload(folder, file, onProgress, decide);
        if (saved) arrived.push(file.name);
        return saved
          ? fill(gettext("%(name)s is in %(folder)s"), { name: display(file.name), folder: display(folder) })
          : "";
      });
    }
    return arrived;
  }

  /** @param {string} path */
  async download(path) {
    const name = nameOf(path);
    const text = fill(gettext("Downloading %(name)s"), { name: display(name) });
    await this.#run(text, async (onProgress) => {
      keep(name, await this.#files.read(path, onProgress));
      return fill(gettext("%(name)s is in your downloads"), { name: display(name) });
    });
  }

  /**
   * @param {string} text
   * @param {(onProgress: (share: number) => void) => Promise<string>} transfer
   *   returns what to say at the end, "" for nothing
   */
  #run(text, transfer) {
    this.#last = this.#last.then(async () => {
      const bar = /** @type {HTMLProgressElement} */ (make("progress", "transfer__bar"));
      bar.max = 1;
      bar.setAttribute("aria-label", text);
      const row = make("div", "transfer", make("span", "transfer__text", text), bar);
      this.#root.append(row);
      try {
        const done = await transfer((share) => {
          bar.value = share;
        });
        if (done) this.#note(done, false);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#note(`${text}: ${message}`, true);
      } finally {
        row.remove();
      }
    });
    return this.#last;
  }

  /**
   * @param {string} text
   * @param {boolean} stays until it is dismissed
   */
  #note(text, stays) {
    announce(text);
    const row = make("div", stays ? "transfer transfer--fault" : "transfer", make("span", "transfer__text", text));
    this.#root.append(row);
    if (!stays) {
      setTimeout(() => row.remove(), DONE_MS);
      return;
    }
    const close = make("button", "files__tool", icon("cross"));
    close.setAttribute("type", "button");
    close.setAttribute("aria-label", gettext("Dismiss"));
    close.addEventListener("click", () => row.remove());
    row.append(close);
  }
}
