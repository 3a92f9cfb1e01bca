/** Show open files in tabs: edit and save them, and decide when the machine has another version. */

import { announce, icon, make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext } from "../../lib/i18n.js";
import { display, languageOf, nameOf } from "./paths.js";
import { toolButton } from "./tool_button.js";

/**
 * @import { EditorState } from "@codemirror/state"
 * @import { EditorView } from "@codemirror/view"
 * @import { Ask } from "./ask.js"
 * @import { Conflict, Documents, OpenFile } from "./documents.js"
 */

/**
 * @typedef {object} PaneOwner
 * @property {boolean} writes
 * @property {(path: string) => void} download
 * @property {() => void} showTree where there is room for one of both
 * @property {(path: string) => void} saved
 */

const KEEP_MS = 400;
/** @type {Record<string, string>} */
const LANGUAGES = {
  dockerfile: "Dockerfile", yaml: "YAML", shell: "Shell", python: "Python", json: "JSON", make: "Make",
};

export class EditorPane {
  #documents;
  #ask;
  #owner;
  #tabs = make("div", "files__tabs");
  #body = make("div", "files__body");
  #code = make("div", "files__code");
  #notice = make("div", "files__notice");
  #status = make("p", "files__status");
  #where = make("span", "files__where");
  #hint = make("span", "files__hint");
  #save;
  #close;
  /** @type {EditorView | null} */
  #view = null;
  /** @type {typeof import("./editor.js") | null} */
  #editor = null;
  /** @type {WeakMap<OpenFile, EditorState>} */
  #states = new WeakMap();
  /** @type {OpenFile | null} */
  #shown = null;
  #timer = 0;
  /** @type {(() => void) | null} */
  #endDifference = null;

  /**
   * @param {HTMLElement} root
   * @param {Documents} documents
   * @param {Ask} ask
   * @param {PaneOwner} owner
   */
  constructor(root, documents, ask, owner) {
    this.#documents = documents;
    this.#ask = ask;
    this.#owner = owner;
    const back = toolButton("arrow-left", gettext("Show the list of files"), () => owner.showTree());
    back.classList.add("files__back");
    this.#save = /** @type {HTMLButtonElement} */ (
      make("button", "button button--small files__save", gettext("Save"))
    );
    this.#save.type = "button";
    this.#save.title = "Ctrl+S";
    this.#save.setAttribute("aria-keyshortcuts", "Control+S Meta+S");
    this.#save.addEventListener("click", () => void this.save());
    this.#close = toolButton("cross", gettext("Close this file"), () => void this.closeFile());
    this.#tabs.setAttribute("role", "tablist");
    this.#tabs.setAttribute("aria-label", gettext("Open files"));
    this.#body.id = "files-body";
    this.#body.append(this.#code, this.#notice);
    this.#status.append(this.#where, this.#hint);
    root.append(
      make("div", "files__bar", back, this.#tabs, this.#save, this.#close),
      this.#body,
      this.#status,
    );
    // Escape then Tab is the editor's way out; the dock's Escape would take the focus at once.
    this.#code.addEventListener("keydown", (event) => {
      if (event.key === "Escape") event.stopPropagation();
    });
    root.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      void this.save();
    });
    this.draw();
  }

  /** @returns {OpenFile | undefined} */
  get file() {
    return this.#documents.find(this.#documents.current);
  }

  /** Bring tabs, editor and status up to date with the documents. */
  draw() {
    this.#drawTabs();
    void this.#drawFile();
    this.#drawStatus();
  }

  #drawTabs() {
    const hadFocus = this.#tabs.contains(document.activeElement);
    const tabs = this.#documents.files.map((file) => {
      const current = file.path === this.#documents.current;
      const tab = make("button", "files__tab", make("span", "files__tab-name", display(nameOf(file.path))));
      tab.setAttribute("type", "button");
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(current));
      tab.setAttribute("aria-controls", this.#body.id);
      tab.tabIndex = current ? 0 : -1;
      tab.title = display(file.path);
      if (file.changed) {
        tab.dataset.changed = "";
        tab.append(make("span", "visually-hidden", gettext("not saved")));
      }
      tab.addEventListener("click", () => this.show(file));
      tab.addEventListener("auxclick", () => void this.closeFile(file));
      tab.addEventListener("keydown", (event) => this.#walk(file, event));
      return tab;
    });
    this.#tabs.replaceChildren(...tabs);
    const current = this.#tabs.querySelector("[aria-selected=true]");
    if (!(current instanceof HTMLElement)) return;
    current.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (hadFocus) current.focus();
  }

  /**
   * @param {OpenFile} file
   * @param {KeyboardEvent} event
   */
  #walk(file, event) {
    const { files } = this.#documents;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Delete") void this.closeFile(file);
    else if (step) this.show(files[(files.indexOf(file) + step + files.length) % files.length]);
    else return;
    event.preventDefault();
  }

  /** @param {OpenFile} file */
  show(file) {
    this.#documents.current = file.path;
    this.#documents.keep();
    this.draw();
  }

  async #drawFile() {
    /** @type {OpenFile | null} */
    const file = this.#documents.find(this.#documents.current) ?? null;
    if (this.#shown && this.#view) this.#states.set(this.#shown, this.#view.state);
    const before = this.#shown;
    this.#shown = file;
    if (file !== before) this.#leaveDifference();
    this.#drawNotice(file);
    if (file?.kind !== "text") return;
    this.#editor ??= await import("./editor.js");
    if (this.#documents.current !== file.path) return;
    const language = languageOf(file.path, file.text);
    const state =
      this.#states.get(file) ??
      this.#editor.editorState(file.text, language, {
        writes: this.#owner.writes,
        changed: () => this.#changed(),
        save: () => void this.save(),
      });
    this.#view ??= this.#editor.makeView(this.#code);
    if (this.#view.state === state) return;
    this.#view.setState(state);
    void this.#editor.colour(this.#view, language);
  }

  /** @param {OpenFile | null} file */
  #drawNotice(file) {
    const edits = file?.kind === "text";
    this.#code.hidden = !edits || Boolean(this.#endDifference);
    this.#notice.hidden = edits && !this.#endDifference;
    if (edits) return;
    if (!file) {
      const text = gettext("Choose a file on the left, or make a new one. Ctrl+S saves it into your machine.");
      this.#notice.replaceChildren(make("p", "files__empty", text));
      return;
    }
    const texts = {
      large: gettext("With %(size)s this file is too large for the editor."),
      binary: gettext("This file of %(size)s is not text, so it can't be edited here."),
    };
    const button = make("button", "button button--small", icon("download"), gettext("Download"));
    button.setAttribute("type", "button");
    button.addEventListener("click", () => this.#owner.download(file.path));
    const text = fill(texts[file.kind === "large" ? "large" : "binary"], { size: byteSize(file.size) });
    this.#notice.replaceChildren(make("div", "files__empty", make("p", "", text), button));
  }

  #drawStatus() {
    const { file } = this;
    const edits = file?.kind === "text";
    this.#save.hidden = !edits || !this.#owner.writes;
    this.#save.disabled = !file?.changed || file.saving || Boolean(this.#endDifference);
    this.#close.hidden = !file;
    this.#status.hidden = !file;
    if (!file) return;
    const language = edits ? (LANGUAGES[languageOf(file.path, file.text)] ?? gettext("Plain text")) : "";
    const state = file.saving
      ? gettext("saving …")
      : file.changed
        ? gettext("not saved")
        : edits
          ? gettext("saved")
          : "";
    this.#where.textContent = [display(file.path), language, state].filter(Boolean).join(" · ");
    this.#hint.textContent = edits ? gettext("Esc, then Tab leaves the editor") : "";
  }

  /** Note that the text in the editor has changed; the rest follows in a moment. */
  #changed() {
    const file = this.#shown;
    if (!file) return;
    const known = file.changed;
    file.changed = true;
    if (!known) {
      this.#drawTabs();
      this.#drawStatus();
    }
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#takeText(), KEEP_MS);
  }

  /** Take over what the editor has. */
  #takeText() {
    window.clearTimeout(this.#timer);
    const file = this.#shown;
    if (file?.kind !== "text" || !this.#view || !this.#editor || !file.changed) return;
    this.#documents.change(file, this.#editor.textOf(this.#view.state));
    if (!file.changed) {
      this.#drawTabs();
      this.#drawStatus();
    }
  }

  /** Save the file that is shown. */
  async save() {
    const file = this.#shown;
    if (!file || !this.#owner.writes || this.#endDifference) return;
    this.#takeText();
    if (!file.changed) return;
    await this.#finishSave(file, this.#documents.save(file));
  }

  /**
   * @param {OpenFile} file
   * @param {Promise<Conflict | null>} saving
   */
  async #finishSave(file, saving) {
    this.#drawStatus();
    try {
      const conflict = await saving;
      if (conflict) await this.#decide(file, conflict);
      else {
        announce(fill(gettext("%(name)s is saved"), { name: display(nameOf(file.path)) }));
        this.#owner.saved(file.path);
      }
    } catch (error) {
      this.#drawStatus();
      const message = error instanceof Error ? error.message : String(error);
      await this.#ask.ask({
        text: fill(gettext("%(name)s is not saved. %(message)s"), { name: display(nameOf(file.path)), message }),
        answers: [{ name: "retry", label: gettext("Try again") }],
      }).then((answer) => (answer ? this.save() : undefined));
    } finally {
      this.#drawTabs();
      this.#drawStatus();
    }
  }

  /**
   * Ask whose text the file shall have.
   *
   * @param {OpenFile} file
   * @param {Conflict} conflict
   */
  async #decide(file, conflict) {
    if (conflict.kind === "text") await this.#showDifference(conflict.text, file.text);
    this.#drawStatus();
    const gone = conflict.kind === "gone";
    const text = gone
      ? gettext("This file is not in the machine any more.")
      : gettext("Something else has saved this file since you opened it. Red is what the machine has, green is yours.");
    const theirs = gone ? gettext("Close it") : gettext("Take theirs");
    const answer = await this.#ask.ask({
      text,
      answers: [
        { name: "mine", label: gone ? gettext("Save it again") : gettext("Keep mine") },
        ...(gone || conflict.kind === "text" ? [{ name: "theirs", label: theirs }] : []),
      ],
    });
    this.#leaveDifference();
    this.#drawNotice(this.file ?? null);
    if (answer?.name === "mine") {
      await this.#finishSave(file, this.#documents.keepMine(file, conflict));
    } else if (answer && gone) {
      this.#drop(file);
    } else if (answer) {
      this.#documents.takeTheirs(file, conflict);
      this.replaced(file);
    }
    this.#view?.focus();
  }

  /**
   * @param {string} before
   * @param {string} after
   */
  async #showDifference(before, after) {
    this.#editor ??= await import("./editor.js");
    this.#notice.replaceChildren();
    this.#endDifference = this.#editor.showDifference(
      this.#notice, before, after, gettext("The machine's version, and yours"),
    );
    this.#code.hidden = true;
    this.#notice.hidden = false;
  }

  #leaveDifference() {
    this.#endDifference?.();
    this.#endDifference = null;
  }

  /**
   * Show the text of a file that was read again.
   *
   * @param {OpenFile} file
   */
  replaced(file) {
    this.#states.delete(file);
    if (file === this.#shown) {
      this.#shown = null;
      const at = this.#view?.state.selection.main.head ?? 0;
      void this.#drawFile().then(() => {
        const length = this.#view?.state.doc.length ?? 0;
        this.#view?.dispatch({ selection: { anchor: Math.min(at, length) } });
      });
    }
    this.#drawTabs();
    this.#drawStatus();
  }

  /** @param {OpenFile} [file] */
  async closeFile(file = this.file) {
    if (!file) return;
    if (file === this.#shown) this.#takeText();
    if (file.changed && file.text) {
      const answer = await this.#ask.ask({
        text: fill(gettext("%(name)s is not saved."), { name: display(nameOf(file.path)) }),
        answers: [
          { name: "save", label: gettext("Save and close") },
          { name: "drop", label: gettext("Close without saving"), style: "button--danger" },
        ],
      });
      if (!answer) return;
      if (answer.name === "save") {
        this.show(file);
        await this.save();
        if (file.changed) return;
      }
    }
    this.#drop(file);
  }

  /** @param {OpenFile} file */
  #drop(file) {
    if (file === this.#shown) this.#shown = null;
    this.#states.delete(file);
    this.#documents.close(file);
    this.draw();
    if (!this.file) this.#owner.showTree();
  }

  focus() {
    this.#view?.focus();
  }

  /** Keep what was typed, and end the editor. */
  end() {
    this.#takeText();
    this.#leaveDifference();
    this.#view?.destroy();
  }
}
