/** What is open in *Files*: changes, conflicts, and what outlives a reload. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Documents } from "../../../static/js/panels/files/documents.js";
import { PanelError } from "../../../static/js/panels/panel_socket.js";

/** A machine with files by path; `put` saves behind the editor's back. */
class Machine {
  files = new Map();
  count = 0;

  put(path, text) {
    this.count += 1;
    this.files.set(path, { text, version: `v${this.count}` });
    return `v${this.count}`;
  }

  #need(path) {
    const file = this.files.get(path);
    if (!file) throw new PanelError("It is not there.", "missing");
    return file;
  }

  async readText(path) {
    const { text, version } = this.#need(path);
    return { kind: "text", text, version, size: text.length, mode: 0o644 };
  }

  async version(path) {
    return this.files.get(path)?.version ?? "";
  }

  async write(path, text, { version }) {
    const there = this.files.get(path)?.version ?? "";
    if ((there || "new") !== version) return { saved: false, there };
    return { saved: true, version: this.put(path, text), size: text.length };
  }
}

class Store {
  kept = new Map();
  getItem = (key) => this.kept.get(key) ?? null;
  setItem = (key, value) => void this.kept.set(key, value);
  removeItem = (key) => void this.kept.delete(key);
}

async function opened(text = "one") {
  const machine = new Machine();
  machine.put("/root/f", text);
  const store = new Store();
  const documents = new Documents(machine, store, "k");
  return { machine, store, documents, file: await documents.open("/root/f") };
}

test("a file that is typed into is changed until it is saved, or typed back", async () => {
  const { machine, documents, file } = await opened();
  documents.change(file, "two");
  assert.equal(documents.anyChanged, true);
  documents.change(file, "one");
  assert.equal(file.changed, false);
  documents.change(file, "two");
  assert.equal(await documents.save(file), null);
  assert.equal(file.changed, false);
  assert.equal(machine.files.get("/root/f").text, "two");
});

test("what somebody else has saved is not lost: mine or theirs", async () => {
  const { machine, documents, file } = await opened();
  documents.change(file, "mine");
  machine.put("/root/f", "theirs");
  const conflict = await documents.save(file);
  assert.equal(conflict.text, "theirs");
  assert.equal(machine.files.get("/root/f").text, "theirs");
  documents.takeTheirs(file, conflict);
  assert.deepEqual([file.text, file.changed], ["theirs", false]);

  documents.change(file, "mine");
  machine.put("/root/f", "theirs again");
  assert.equal(await documents.keepMine(file, await documents.save(file)), null);
  assert.equal(machine.files.get("/root/f").text, "mine");
});

test("a third version while somebody decides is a conflict again", async () => {
  const { machine, documents, file } = await opened();
  documents.change(file, "mine");
  machine.put("/root/f", "second");
  const conflict = await documents.save(file);
  machine.put("/root/f", "third");
  assert.equal((await documents.keepMine(file, conflict)).text, "third");
});

test("a file that was only touched, or has my text already, is no conflict", async () => {
  const { machine, documents, file } = await opened();
  documents.change(file, "mine");
  machine.put("/root/f", "one");
  assert.equal(await documents.save(file), null);
  documents.change(file, "more");
  const version = machine.put("/root/f", "more");
  assert.equal(await documents.save(file), null);
  assert.deepEqual([file.version, file.changed], [version, false]);
});

test("a file that is gone can be saved again", async () => {
  const { machine, documents, file } = await opened();
  documents.change(file, "mine");
  machine.files.delete("/root/f");
  const conflict = await documents.save(file);
  assert.equal(conflict.kind, "gone");
  assert.equal(await documents.keepMine(file, conflict), null);
  assert.equal(machine.files.get("/root/f").text, "mine");
});

test("a new file does not replace one that is there", async () => {
  const { machine, documents } = await opened();
  const file = documents.create("/root/new");
  machine.put("/root/new", "theirs");
  assert.equal((await documents.save(file)).text, "theirs");
});

test("what is typed while a file is saved stays changed", async () => {
  const { documents, file } = await opened();
  documents.change(file, "two");
  const saving = documents.save(file);
  documents.change(file, "two and more");
  await saving;
  assert.deepEqual([file.text, file.base, file.changed], ["two and more", "two", true]);
});

test("changes outlive a reload, and are still compared with what was read", async () => {
  const { machine, store, documents, file } = await opened();
  documents.change(file, "draft");
  const later = new Documents(machine, store, "k");
  await later.restore();
  assert.deepEqual([later.current, later.files[0].text], ["/root/f", "draft"]);
  assert.equal(await later.save(later.files[0]), null);

  later.change(later.files[0], "second draft");
  machine.put("/root/f", "");
  const last = new Documents(machine, store, "k");
  await last.restore();
  assert.equal((await last.save(last.files[0])).text, "");
});

test("a draft of a file that is gone is kept, a file without one is forgotten", async () => {
  const { machine, store, documents, file } = await opened();
  machine.put("/root/other", "x");
  await documents.open("/root/other");
  documents.change(file, "draft");
  machine.files.clear();
  const later = new Documents(machine, store, "k");
  await later.restore();
  assert.deepEqual(later.files.map(({ path, text }) => [path, text]), [["/root/f", "draft"]]);
});

test("no more is kept than a browser's store has room for", async () => {
  const { store, documents, file } = await opened();
  documents.change(file, "x".repeat(2_000_000));
  assert.ok(store.getItem("k").length < 1000);
  store.setItem = () => {
    throw new Error("full");
  };
  documents.change(file, "still here");
  assert.equal(file.text, "still here");
});

test("a file that nobody changed here follows the machine", async () => {
  const { machine, documents, file } = await opened();
  assert.equal(await documents.refresh(file), false);
  machine.put("/root/f", "theirs");
  assert.equal(await documents.refresh(file), true);
  assert.equal(file.text, "theirs");
  documents.change(file, "mine");
  machine.put("/root/f", "more");
  assert.equal(await documents.refresh(file), false);
  assert.equal(file.text, "mine");
});

test("open files follow what is renamed, and the next one is shown when one is closed", async () => {
  const { machine, documents, file } = await opened();
  machine.put("/root/a/b", "x");
  const inner = await documents.open("/root/a/b");
  documents.move("/root/a", "/root/c");
  assert.deepEqual([inner.path, documents.current], ["/root/c/b", "/root/c/b"]);
  documents.close(inner);
  assert.equal(documents.current, file.path);
});
