/** Files of a machine: whole, though they travel in pieces; names and languages. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MachineFiles,
  asText,
  fromBase64,
  toBase64,
} from "../../../static/js/panels/files/machine_files.js";
import { display, faultOf, isWithin, join, languageOf, nameOf, parentOf } from "../../../static/js/panels/files/paths.js";
import { PanelError } from "../../../static/js/panels/panel_socket.js";

const LIMITS = { piece_bytes: 4, file_bytes: 20, text_bytes: 12, folders_at_once: 2, folder_entries: 5 };

/** A machine that answers as platform/panels/files/actions.py does, with one file. */
function machineWith(content, calls = []) {
  let bytes = new TextEncoder().encode(content);
  let version = "v1";
  const parts = new Map();
  return async (action, args) => {
    calls.push(action);
    if (action === "files.read") {
      const piece = bytes.subarray(args.offset, args.offset + LIMITS.piece_bytes);
      return { version, size: bytes.length, mode: 0o644, data: toBase64(piece) };
    }
    if (action === "files.stage") {
      const before = parts.get(args.key) ?? [];
      assert.equal(before.length, args.offset);
      parts.set(args.key, [...before, ...fromBase64(args.data)]);
      return {};
    }
    if (action === "files.discard") return void parts.delete(args.key);
    assert.equal(action, "files.write");
    if (!["any", version].includes(args.version)) return { saved: false, there: version };
    bytes = Uint8Array.from(args.staged ? parts.get(args.staged) : fromBase64(args.data));
    version = `${version}+`;
    return { saved: true, version, size: bytes.length };
  };
}

test("a text is read and written in pieces", async () => {
  const calls = [];
  const files = new MachineFiles(machineWith("grüße\n", calls), LIMITS);
  const { kind, text, version } = await files.readText("/f");
  assert.deepEqual([kind, text], ["text", "grüße\n"]);
  const shares = [];
  const saved = await files.write("/f", "0123456789", { version, onProgress: (share) => shares.push(share) });
  assert.equal(saved.saved, true);
  assert.deepEqual(shares, [0.4, 0.8, 1]);
  assert.equal((await files.readText("/f")).text, "0123456789");
  assert.deepEqual(calls.filter((name) => name !== "files.read"), ["files.stage", "files.stage", "files.stage", "files.write"]);
});

test("what is no text, or too large for the editor, is said to be so", async () => {
  const kinds = [];
  for (const content of ["a\0b", "x".repeat(13), ""]) {
    kinds.push((await new MachineFiles(machineWith(content), LIMITS).readText("/f")).kind);
  }
  assert.deepEqual(kinds, ["binary", "large", "text"]);
  assert.equal(asText(Uint8Array.of(0xff, 0x41)), null);
  assert.equal(asText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), "\ufeffA");
});

test("nothing larger than the limit travels, either way", async () => {
  const calls = [];
  const files = new MachineFiles(machineWith("x".repeat(21), calls), LIMITS);
  await assert.rejects(files.read("/f"), PanelError);
  await assert.rejects(files.write("/f", "x".repeat(21)), PanelError);
  assert.deepEqual(calls, ["files.read"]);
});

test("a file that claims to be empty and never ends is given up", async () => {
  const endless = async () => ({ version: "v", size: 0, mode: 0, data: toBase64(new Uint8Array(4)) });
  await assert.rejects(new MachineFiles(endless, LIMITS).read("/f"), PanelError);
});

test("a file that changes while it is read is not put together from two", async () => {
  let count = 0;
  const changing = async () => {
    count += 1;
    return { version: `v${count}`, size: 8, mode: 0, data: toBase64(new Uint8Array(4)) };
  };
  await assert.rejects(new MachineFiles(changing, LIMITS).read("/f"), { code: "changed" });
});

test("pieces wait while somebody decides, and go when they decide against it", async () => {
  for (const [replace, last] of [[true, "files.write"], [false, "files.discard"]]) {
    const calls = [];
    const files = new MachineFiles(machineWith("theirs", calls), LIMITS);
    const saved = await files.write("/f", "0123456789", { version: "new", decide: async () => replace });
    assert.equal(saved.saved, replace);
    assert.equal(calls.at(-1), last);
    assert.equal(calls.filter((name) => name === "files.stage").length, 3);
  }
});

test("a busy machine is asked again", async () => {
  let refused = 0;
  const answer = machineWith("text");
  const files = new MachineFiles(async (action, args) => {
    refused += 1;
    if (refused < 3) throw new PanelError("busy", "busy");
    return answer(action, args);
  }, LIMITS);
  assert.equal((await files.readText("/f")).text, "text");
});

test("folders that did not fit an answer are asked for again, and a liar only so often", async () => {
  let count = 0;
  const asked = [];
  const files = new MachineFiles(async (action, { paths }) => {
    count += 1;
    asked.push(paths);
    const later = (path, index) => (index ? { path, problem: "", reason: "later" } : { path, entries: [], total: 0 });
    return { folders: paths.map(later) };
  }, LIMITS);
  const folders = await files.list(["/a", "/b", "/c"]);
  assert.deepEqual(folders.map(({ path }) => path), ["/a", "/b", "/c"]);
  const lying = new MachineFiles(
    async (action, { paths }) => ({ folders: paths.map((path) => ({ path, problem: "x", reason: "later" })) }),
    LIMITS,
  );
  assert.equal((await lying.list(["/a", "/b", "/c"])).length, 3);
  assert.ok(count <= 4);
});

test("paths", () => {
  assert.deepEqual([join("/", "a"), join("/a", "b")], ["/a", "/a/b"]);
  assert.deepEqual([parentOf("/a"), parentOf("/a/b"), nameOf("/a/b"), nameOf("/")], ["/", "/a", "b", "/"]);
  assert.deepEqual([isWithin("/ab", "/a"), isWithin("/a/b", "/a"), isWithin("/a", "/")], [false, true, true]);
});

test("a name is shown on one line, without anything invisible", () => {
  assert.equal(display("two\nlines\u001b[2J\u202e"), "two\ufffdlines\ufffd[2J\ufffd");
  assert.equal(display("caf\uf7e9"), "caf\\xe9");
});

test("a name that is none is told apart", () => {
  const names = ["", "a/", "..", "a/../b", "a\nb", "é".repeat(128), "Dockerfile", "src/app.py", "-rf", "a b"];
  assert.deepEqual(names.map(faultOf), ["empty", "empty", "dots", "dots", "control", "long", "", "", "", ""]);
});

test("languages", () => {
  const paths = ["/a/Dockerfile", "/Dockerfile.dev", "/web.dockerfile", "/compose.yaml", "/root/.bashrc", "/x.py", "/a.json", "/Makefile", "/notes"];
  assert.deepEqual(paths.map((path) => languageOf(path)), [
    "dockerfile", "dockerfile", "dockerfile", "yaml", "shell", "python", "json", "make", "plain",
  ]);
  assert.equal(languageOf("/run", "#!/usr/bin/env python3\n"), "python");
  assert.equal(languageOf("/run", "#!/bin/sh\n"), "shell");
});
