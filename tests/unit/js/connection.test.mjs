/** The terminal's connection, with a socket and a clock that the test holds in its hands. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../../../static/js/terminal/connection.js";

class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  sent = [];

  open() {
    this.readyState = 1;
    this.onopen();
  }

  send(data) {
    this.sent.push(data);
  }

  close() {
    this.readyState = 3;
  }

  /** What the server sends: an object is a text frame, a string is terminal bytes. */
  receive(what) {
    this.onmessage?.({
      data: typeof what === "string" ? new TextEncoder().encode(what).buffer : JSON.stringify(what),
    });
  }

  /** The server, or the network, ends it. */
  end(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  get frames() {
    return this.sent.filter((data) => typeof data === "string").map((data) => JSON.parse(data));
  }

  get input() {
    return Buffer.concat(this.sent.filter((data) => typeof data !== "string"));
  }
}

/** A connection and everything it did. */
function setUp() {
  const it = { sockets: [], timers: new Map(), events: [], online: true, next: 1, data: [] };
  const note =
    (name) =>
    (...details) =>
      it.events.push([name, ...details]);
  const handlers = {
    onState: note("state"),
    onHello: note("hello"),
    onSize: note("size"),
    onTurn: note("turn"),
    onCaughtUp: note("caught-up"),
    onExit: note("exit"),
    onInputLost: note("lost"),
    onData: (bytes, rendered) => it.data.push({ text: new TextDecoder().decode(bytes), rendered }),
  };
  const environment = {
    connect(url, protocol) {
      const socket = Object.assign(new FakeSocket(), { url, protocol });
      it.sockets.push(socket);
      return socket;
    },
    setTimeout(callback, ms) {
      it.timers.set(it.next, { callback, ms });
      return it.next++;
    },
    clearTimeout: (timer) => it.timers.delete(timer),
    random: () => 1,
    online: () => it.online,
    watch(listener) {
      it.notice = listener;
      return () => (it.notice = () => {});
    },
  };
  it.connection = new Connection("/ws/terminals/1/", handlers, environment);
  it.states = () => it.events.filter(([name]) => name === "state").map(([, state]) => state);
  it.fire = (ms) => {
    const [timer, entry] = [...it.timers].find(([, candidate]) => candidate.ms === ms) ?? [];
    assert.ok(
      entry,
      `no timer of ${ms} ms among ${[...it.timers.values()].map((each) => each.ms)}`,
    );
    it.timers.delete(timer);
    entry.callback();
  };
  return it;
}

function hello(fields = {}) {
  const usual = {
    seq: 0,
    end: 0,
    reset: false,
    window: 262144,
    role: "owner",
    epoch: "ab",
    cols: 80,
    rows: 24,
  };
  return { type: "hello", ...usual, ...fields };
}

/** Connected, greeted, live. */
function live(fields) {
  const it = setUp();
  it.connection.open(100, 30);
  it.sockets[0].open();
  it.sockets[0].receive(hello(fields));
  return it;
}

test("asks for the subprotocol and resumes from nothing", () => {
  const it = setUp();
  it.connection.open(100, 30);
  assert.equal(it.sockets[0].protocol, "drydock.v1");
  it.sockets[0].open();
  assert.deepEqual(it.sockets[0].frames, [{ type: "resume", seq: 0, cols: 100, rows: 30 }]);
  it.sockets[0].receive(hello());
  assert.deepEqual(it.states(), ["connecting", "live"]);
});

test("comes back with the number of the next byte and the epoch, and never repeats a byte", () => {
  const it = live();
  it.sockets[0].receive("hello ");
  it.sockets[0].end(1006);
  assert.equal(it.connection.state, "reconnecting");
  it.fire(250);
  it.sockets[1].open();
  assert.deepEqual(it.sockets[1].frames, [
    { type: "resume", seq: 6, cols: 100, rows: 30, epoch: "ab" },
  ]);
  it.sockets[1].receive(hello({ seq: 6, end: 11 }));
  it.sockets[1].receive("world");
  assert.equal(it.data.map((piece) => piece.text).join(""), "hello world");
  assert.equal(it.connection.received, 11);
});

test("a reset starts at the number that the server says", () => {
  const it = live();
  it.sockets[0].receive("old");
  it.sockets[0].end(1012);
  it.fire(250);
  it.sockets[1].open();
  it.sockets[1].receive(hello({ seq: 5000, end: 5000, reset: true, epoch: "cd" }));
  assert.equal(it.connection.received, 5000);
});

test("says when old output has been handed over", () => {
  const it = live({ end: 4 });
  const caughtUp = () => it.events.some(([name]) => name === "caught-up");
  it.sockets[0].receive("abc");
  assert.ok(!caughtUp());
  it.sockets[0].receive("d");
  assert.ok(caughtUp());
});

test("acknowledges what was rendered, not what has arrived", () => {
  const it = live();
  it.sockets[0].receive("x".repeat(20_000));
  assert.equal(it.sockets[0].frames.length, 1);
  it.data[0].rendered();
  assert.deepEqual(it.sockets[0].frames.at(-1), { type: "ack", seq: 20_000 });
});

test("bytes from before a reset are never acknowledged after it", () => {
  const it = live();
  it.sockets[0].receive("x".repeat(20_000));
  it.sockets[0].end(1006);
  it.fire(250);
  it.sockets[1].open();
  it.sockets[1].receive(hello({ seq: 0, reset: true, epoch: "cd" }));
  it.data[0].rendered();
  assert.equal(it.sockets[1].frames.filter((frame) => frame.type === "ack").length, 0);
});

test("waits longer after each failure, at most 15 s", () => {
  const it = setUp();
  it.connection.open(80, 24);
  for (const wait of [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
    it.sockets.at(-1).end(1006);
    it.fire(wait);
  }
});

test("a connection that held starts at the shortest wait again", () => {
  const it = setUp();
  it.connection.open(80, 24);
  it.sockets[0].end(1006);
  it.fire(250);
  it.sockets[1].open();
  it.sockets[1].receive(hello());
  it.fire(5_000);
  it.sockets[1].end(1006);
  it.fire(250);
});

for (const [code, state] of [
  [4001, "signed-out"],
  [4004, "not-yours"],
  [4009, "ended"],
  [4010, "failed"],
  [4029, "too-many"],
  [4400, "refused"],
]) {
  test(`close code ${code} means ${state}, for good`, () => {
    const it = live();
    it.sockets[0].receive({ type: "error", code: "x", message: "Because." });
    it.sockets[0].end(code);
    assert.deepEqual(it.events.at(-1), ["state", state, { message: "Because." }]);
    assert.equal(it.timers.size, 0);
  });
}

for (const code of [1000, 1006, 1011, 1012, 4008]) {
  test(`close code ${code} is tried again`, () => {
    const it = live();
    it.sockets[0].end(code);
    assert.equal(it.connection.state, "reconnecting");
  });
}

test("a server that does not answer a ping is gone", () => {
  const it = live();
  it.fire(20_000);
  assert.deepEqual(it.sockets[0].frames.at(-1), { type: "ping" });
  it.fire(8_000);
  assert.equal(it.connection.state, "reconnecting");
});

test("any message answers a ping", () => {
  const it = live();
  it.fire(20_000);
  it.sockets[0].receive("output");
  assert.ok(![...it.timers.values()].some((timer) => timer.ms === 8_000));
});

test("the network's return ends the wait", () => {
  const it = live();
  it.online = false;
  it.sockets[0].end(1006);
  assert.equal(it.connection.state, "offline");
  it.notice("online");
  assert.equal(it.sockets.length, 2);
});

test("offline does not give up a connection that works", () => {
  const it = live();
  it.notice("offline");
  assert.equal(it.connection.state, "live");
  assert.deepEqual(it.sockets[0].frames.at(-1), { type: "ping" });
});

test("a server that accepts and says nothing is given up", () => {
  const it = setUp();
  it.connection.open(80, 24);
  it.sockets[0].open();
  it.fire(10_000);
  assert.equal(it.connection.state, "reconnecting");
});

test("a megabyte goes up whole, in small frames, no faster than the socket takes it", () => {
  const it = live();
  const paste = Buffer.alloc(1_000_000, "0123456789abcdef");
  const [socket] = it.sockets;
  socket.send = function (data) {
    this.sent.push(data);
    if (typeof data !== "string") this.bufferedAmount += data.length;
  };
  assert.ok(it.connection.send(paste));
  while ([...it.timers.values()].some((timer) => timer.ms === 8)) {
    assert.ok(socket.bufferedAmount < 128 * 1024 + 32 * 1024);
    socket.bufferedAmount = 0;
    it.fire(8);
  }
  const sizes = socket.sent.filter((data) => typeof data !== "string").map((data) => data.length);
  assert.ok(Math.max(...sizes) <= 32 * 1024);
  assert.ok(socket.input.equals(paste));
});

test("more than 4 MB is refused as a whole", () => {
  const it = live();
  assert.equal(it.connection.send(new Uint8Array(4_000_001)), false);
  assert.equal(it.sockets[0].input.length, 0);
});

test("what a broken connection had not sent is dropped and told, not sent later", () => {
  const it = live();
  it.sockets[0].bufferedAmount = 1_000_000;
  it.connection.send(new Uint8Array(5));
  it.sockets[0].end(1006);
  assert.ok(it.events.some(([name, bytes]) => name === "lost" && bytes === 5));
  it.fire(250);
  it.sockets[1].open();
  it.sockets[1].receive(hello());
  assert.equal(it.sockets[1].input.length, 0);
});

test("keys are refused while there is no connection", () => {
  const it = live();
  it.sockets[0].end(1006);
  assert.equal(it.connection.send(new Uint8Array(1)), false);
});

test("sizes and exits are handed on; rubbish is not", () => {
  const it = live();
  it.sockets[0].receive({ type: "size", cols: 90, rows: 20 });
  it.sockets[0].receive({ type: "exit", code: 0 });
  it.sockets[0].onmessage({ data: "{rubbish" });
  it.sockets[0].receive({ type: "news" });
  assert.deepEqual(it.events.slice(-2), [
    ["size", 90, 20],
    ["exit", 0],
  ]);
});

test("closing leaves nothing behind", () => {
  const it = live();
  it.connection.close();
  assert.equal(it.connection.state, "closed");
  assert.equal(it.timers.size, 0);
  assert.equal(it.sockets[0].readyState, 3);
});
