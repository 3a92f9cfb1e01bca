/** What a page's panels say to the platform, and when they are connected at all. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

mock.timers.enable({ apis: ["setTimeout"] });
globalThis.window = globalThis;

let sockets = [];

class FakeSocket {
  static OPEN = 1;
  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    sockets.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
    this.onclose?.({ code: 1000 });
  }

  lose(code) {
    this.readyState = 3;
    this.onclose({ code });
  }

  hear(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

globalThis.WebSocket = FakeSocket;
const { PanelError, PanelSocket } = await import("../../../static/js/panels/panel_socket.js");

const WATCH = { type: "watch", machine: "box", topic: "containers" };
let panels;
let states;

beforeEach(() => {
  sockets = [];
  states = [];
  panels = new PanelSocket((state) => states.push(state));
});

const last = () => sockets.at(-1);

function watched() {
  const samples = [];
  const stop = panels.watch("box", "containers", (sample) => samples.push(sample));
  return { samples, stop };
}

test("nothing is connected before something is watched, or without a machine", () => {
  panels.follow("s1");
  assert.equal(sockets.length, 0);
  panels.follow("");
  watched();
  assert.equal(sockets.length, 0);
  panels.follow("s1");
  assert.equal(last().url, "/ws/panels/s1/");
});

test("a topic is watched once for several listeners, and let go with the last", () => {
  panels.follow("s1");
  const [one, two] = [watched(), watched()];
  last().open();
  assert.deepEqual(last().sent, [WATCH]);
  last().hear({ type: "topic", machine: "box", topic: "containers", data: [1], error: "" });
  assert.deepEqual([one.samples.at(-1).data, two.samples.at(-1).data], [[1], [1]]);
  one.stop();
  assert.equal(last().sent.length, 1);
  two.stop();
  assert.equal(last().readyState, 3);
  assert.equal(panels.state, "idle");
});

test("what nobody sees is not watched, after a moment", () => {
  panels.follow("s1");
  watched();
  last().open();
  panels.setVisible(false);
  mock.timers.tick(1_000);
  panels.setVisible(true);
  mock.timers.tick(60_000);
  assert.deepEqual([sockets.length, last().readyState], [1, 1]);
  panels.setVisible(false);
  mock.timers.tick(6_000);
  assert.equal(last().readyState, 3);
  panels.setVisible(true);
  last().open();
  assert.equal(sockets.length, 2);
  assert.deepEqual(last().sent, [WATCH]);
});

test("a lost connection is tried again, and said", () => {
  panels.follow("s1");
  watched();
  last().open();
  last().lose(1006);
  assert.equal(panels.state, "lost");
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 2);
  assert.equal(panels.state, "lost");
  last().open();
  assert.deepEqual(states, ["connecting", "live", "lost", "live"]);
});

test("too many pages are not tried again but when asked for", () => {
  panels.follow("s1");
  watched();
  last().lose(4029);
  mock.timers.tick(600_000);
  assert.deepEqual([sockets.length, panels.state], [1, "too-many"]);
  panels.retry();
  last().open();
  assert.deepEqual([sockets.length, panels.state], [2, "live"]);
});

test("an action is sent when the connection is there, once", async () => {
  panels.follow("s1");
  const answer = panels.act("box", "files.read", { path: "/root/a" });
  last().lose(1006);
  mock.timers.tick(10_000);
  last().open();
  const sent = last().sent.filter(({ type }) => type === "act");
  assert.equal(sent.length, 1);
  last().hear({ type: "answer", key: sent[0].key, data: 7, error: "", code: "" });
  assert.equal(await answer, 7);
});

test("an action that was under way when the connection broke has failed", async () => {
  panels.follow("s1");
  watched();
  last().open();
  const answer = panels.act("box", "containers.remove", {});
  last().lose(1006);
  await assert.rejects(answer, (error) => error instanceof PanelError && error.code === "offline");
  mock.timers.tick(60_000);
  last().open();
  assert.deepEqual(last().sent, [WATCH]);
});

test("another machine's samples are not what was known of the one before", () => {
  panels.follow("s1");
  const { samples } = watched();
  last().open();
  last().hear({ type: "topic", machine: "box", topic: "containers", data: [1], error: "" });
  panels.follow("s2");
  assert.equal(samples.at(-1).data, null);
  assert.equal(last().url, "/ws/panels/s2/");
});
