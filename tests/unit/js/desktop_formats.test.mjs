/** What an engine has is worded as Docker's own commands do, and lies do no harm. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  lookOf,
  memorySize,
  portsOnce,
  portText,
  share,
  shellCommand,
  shortId,
  splitReference,
} from "../../../static/js/panels/desktop/formats.js";

const ID = "0123456789abcdef".repeat(4);

test("memory is counted as docker stats does", () => {
  const sizes = [0, 1023, 1024, 4_400_000, 1024 ** 3, 1024 ** 5];
  const texts = ["0 B", "1023 B", "1 KiB", "4.2 MiB", "1 GiB", "1024 TiB"];
  assert.deepEqual(
    sizes.map((size) => memorySize(size).replace("\u00a0", " ")),
    texts,
  );
});

test("shares of a processor", () => {
  const texts = [0, 0.04, 0.26, 9.96, 12.4, 150].map((percent) => share(percent).replace("\u00a0", " "));
  assert.deepEqual(texts, ["0 %", "0 %", "0.3 %", "10 %", "12 %", "150 %"]);
});

test("times that have passed", () => {
  const seconds = [Number.NaN, -5, 59, 60, 3599, 7_400, 86_400, 3 * 86_400, 800 * 86_400];
  assert.deepEqual(seconds.map(ago), [
    "just now",
    "just now",
    "just now",
    "1 min ago",
    "59 min ago",
    "2 h ago",
    "1 day ago",
    "3 days ago",
    "2 years ago",
  ]);
});

test("a name is told from its tag, and a port from a tag", () => {
  assert.deepEqual(splitReference("app:1"), { name: "app", tag: "1" });
  assert.deepEqual(splitReference("registry:5000/me/app"), { name: "registry:5000/me/app", tag: "" });
  assert.deepEqual(splitReference("registry:5000/app:2"), { name: "registry:5000/app", tag: "2" });
  assert.equal(shortId(`sha256:${ID}`), "0123456789ab");
});

test("a port is listed once, published ones first", () => {
  const port = { public: 8080, private: 80, protocol: "tcp", address: "0.0.0.0" };
  const inner = { public: 0, private: 443, protocol: "udp", address: "" };
  const ports = portsOnce([inner, port, { ...port, address: "::" }]);
  assert.deepEqual(ports.map(portText), ["8080\u00a0→\u00a080", "443/udp"]);
});

test("a state looks like what it is", () => {
  const looks = [
    ["running", "Up 3 minutes", "running"],
    ["running", "Up 3 minutes (unhealthy)", "failed"],
    ["paused", "Up 3 minutes (Paused)", "paused"],
    ["created", "Created", "waiting"],
    ["exited", "Exited (0) 3 days ago", "stopped"],
    ["exited", "Exited (137) 3 days ago", "stopped"],
    ["exited", "Exited (1) 3 days ago", "failed"],
    ["dead", "Dead", "failed"],
    ["<b>", "", "stopped"],
    ["", "", "stopped"],
  ];
  for (const [state, status, look] of looks) assert.equal(lookOf(state, status), look);
});

test("nothing but a name of Docker's is typed into a shell", () => {
  assert.equal(shellCommand("web", ID), "docker exec -it web sh");
  for (const name of ["x; rm -rf ~", "$(reboot)", "a b", "-it", "", "`id`", "web\nid", "wéb", "../x"]) {
    assert.equal(shellCommand(name, ID), "docker exec -it 0123456789ab sh");
    assert.equal(shellCommand(name, `${ID};id`), "");
    assert.equal(shellCommand(name, "$(id)"), "");
  }
});
