/** The panel Map: calls put together and explained, ways through the drawing, and where parts lie. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bare, explain, explainStatus, milliseconds, shortPath } from "../../../static/js/panels/map/explain.js";
import { describeFacts, factsOf } from "../../../static/js/panels/map/facts.js";
import { describeCommand, groupCalls, mainCall } from "../../../static/js/panels/map/group.js";
import { layOut } from "../../../static/js/panels/map/layout.js";
import { stepsOf, wayOf } from "../../../static/js/panels/map/steps.js";

const ID = "0123456789ab".padEnd(64, "c");
let ids = 0;

/** A call; `line` is "METHOD path status". */
function call(line, fields = {}) {
  const [method, path, status = "200"] = line.split(" ");
  ids += 1;
  const rest = { time: 1000 * ids, connection: ids, pid: 7, program: "docker", ms: 2.5, cut: false };
  return { id: ids, method, path, status: Number(status), sent: 0, received: 0, open: false, ...rest, ...fields };
}

const PING = "HEAD /_ping";
const RUN = [
  PING,
  "POST /v1.45/containers/create?name=web 201",
  `POST /v1.45/containers/${ID}/attach?stream=1 101`,
  `POST /v1.45/containers/${ID}/wait?condition=next-exit`,
  `POST /v1.45/containers/${ID}/start 204`,
];
const titles = (...lines) => {
  const commands = groupCalls(lines.map((line) => call(line)));
  return commands.map((command) => describeCommand(command).hint);
};

test("a process's calls are one command, however long it takes", () => {
  const first = call(PING);
  const calls = [first, call("GET /events", { time: first.time + 500_000 }), call(PING, { pid: 8, time: first.time + 1 })];
  assert.deepEqual(groupCalls(calls).map(({ calls: { length } }) => length), [2, 1]);
});

test("a process's number that comes again much later is another command", () => {
  const first = call(PING);
  assert.equal(groupCalls([first, call(PING, { time: first.time + 3_600_000 })]).length, 2);
});

test("calls on one connection stay together, and two commands at once apart", () => {
  const calls = [
    call(PING, { pid: 1, connection: 901 }),
    call(PING, { pid: 2, connection: 902 }),
    call("GET /containers/json", { pid: 1, connection: 903 }),
    call("GET /images/json", { pid: 2, connection: 902 }),
  ];
  const groups = groupCalls(calls).map((command) => command.calls.map(({ path }) => path));
  assert.deepEqual(groups, [["/_ping", "/containers/json"], ["/_ping", "/images/json"]]);
});

test("a helper that docker starts belongs to its command", () => {
  const first = call(PING, { pid: 10 });
  const helper = { pid: 11, program: "docker-buildx", time: first.time + 300 };
  const build = groupCalls([first, call("GET /v1.45/info", helper), call("POST /session 101", helper)]);
  assert.equal(build.length, 1);
  assert.deepEqual(describeCommand(build[0]), { title: "Build an image", hint: "docker build" });
  const busy = [call("GET /containers/json", { pid: 12 })];
  busy.push(call("POST /grpc 101", { pid: 13, program: "docker-buildx", time: busy[0].time + 300 }));
  assert.equal(groupCalls(busy).length, 2);
});

test("calls of nobody known are put together by closeness", () => {
  const first = call(PING, { pid: 0 });
  const near = call("GET /info", { pid: 0, time: first.time + 100 });
  const far = call("GET /info", { pid: 0, time: first.time + 5000 });
  assert.deepEqual(groupCalls([first, near, far]).map(({ calls }) => calls.length), [2, 1]);
});

test("commands are named by what they did", () => {
  assert.deepEqual(titles(...RUN), ["docker run"]);
  assert.deepEqual(titles(PING, "GET /v1.45/containers/json"), ["docker ps"]);
  assert.deepEqual(titles(PING, "POST /v1.45/images/registry:5000/shop/web/push?tag=1 404"), ["docker push"]);
  assert.deepEqual(titles(`POST /containers/web/exec 201`, `POST /exec/${ID}/start 101`), ["docker exec"]);
  assert.deepEqual(titles(PING, "POST /containers/web/stop 204"), ["docker stop"]);
  assert.deepEqual(titles(PING), [""]);
  assert.deepEqual(
    titles(PING, "POST /containers/create 201", "POST /containers/create 201", "POST /containers/x/start 204"),
    ["docker compose up"],
  );
  const failed = groupCalls([call(PING), call("POST /containers/create 404")]);
  assert.equal(mainCall(failed[0]).status, 404);
});

test("every call has a meaning, and a path that nobody knows too", () => {
  assert.equal(explain({ method: "POST", path: "/v1.45/containers/create?name=web" }).subject, "web");
  assert.equal(explain({ method: "POST", path: `/containers/${ID}/start` }).subject, ID);
  assert.equal(explain({ method: "POST", path: "/images/create?fromImage=nginx" }).way, "registry");
  assert.equal(explain({ method: "POST", path: "/images/a/b/tag?repo=x" }).way, "shelf");
  assert.equal(explain({ method: "GET", path: "/<b>\u001b[31m" }).weight, 1);
  assert.equal(bare("/v1.45/images/json?all=1&x=/v2.0/"), "/images/json");
  assert.equal(shortPath(`/v1.45/containers/${ID}/start`), "/containers/0123456789ab…/start");
});

test("an answer is put into words", () => {
  assert.equal(explainStatus(call("GET /info 0", { open: true })), "no answer yet");
  assert.equal(explainStatus(call("GET /info 0", { open: false })), "no answer");
  assert.equal(explainStatus(call("GET /info 204", { open: false })), "done");
  assert.equal(explainStatus(call("GET /info 404", { open: false })), "there is no such thing");
  const push = call("POST /v1.45/images/registry:5000/shop/push?tag=1 200");
  assert.equal(explainStatus(push), "begun, and what comes of it follows");
  assert.equal(milliseconds(0.44), "0.4 ms");
  assert.equal(milliseconds(48.3), "48 ms");
  assert.equal(milliseconds(3100), "3.1 s");
});

test("a start goes through containerd and runc to the container, a refused one no further than dockerd", () => {
  const { way, subject } = wayOf(call(`POST /containers/web/start 204`));
  assert.deepEqual(way.slice(-3), ["dockerd-containerd", "containerd-runc", "runc-containers"]);
  assert.equal(subject, "web");
  assert.equal(wayOf(call("POST /containers/web/start 404")).way.at(-1), "socket-dockerd");
});

test("a replay tells each call in steps, from the key to the answer", () => {
  const steps = stepsOf(groupCalls(RUN.map((line) => call(line)))[0]);
  assert.deepEqual(steps[0].way, ["you-client"]);
  assert.match(steps[1].caption, /Are you there/);
  assert.match(steps.at(-2).caption, /the container lives/);
  assert.equal(steps.at(-2).subject, ID);
  assert.match(steps.at(-1).caption, /answers 204 after 2\.5 ms: done/);
  const known = new Set([...Object.keys(layOut(640, NOTHING).edges)]);
  for (const { way } of steps) {
    for (const edge of way) assert.ok(known.has(edge.replace(/^-/, "")), edge);
  }
});

const NOTHING = factsOf({});

/** Topics with so many of each. */
function many(count) {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: `${index}`.padEnd(64, "0"),
    name: `c${index}`,
    image: "nginx",
    state: index % 2 ? "exited" : "running",
    ports: [{ public: 8080, private: 80 }],
    networks: [{ name: `n${index % 9}`, address: "" }],
    mounts: [{ type: "volume", name: `v${index % 9}` }, { type: "bind", name: "/root" }],
  }));
  return {
    containers: { total: count * 50, containers: rows },
    images: { total: count, images: rows.map(({ name }) => ({ id: "sha256:1", names: [name] })) },
    networks: { total: 12, networks: [..."012345678"].map((n) => ({ name: `n${n}` })).concat({ name: "host" }) },
    volumes: { total: count, volumes: [..."012345678"].map((n) => ({ name: `v${n}` })) },
  };
}

test("what is drawn is bounded, those that live first, and the rest is counted", () => {
  for (const width of [320, 390, 600, 900, 1400]) {
    const layout = layOut(width, factsOf(many(200)));
    assert.ok(layout.containers.length <= 12 && layout.containers.length >= 4);
    assert.equal(layout.left.containers, 10_000 - layout.containers.length);
    assert.ok(layout.containers.every(({ container }) => container.state === "running"));
    assert.ok(layout.networks.length <= 4 && layout.left.networks > 0);
    assert.ok(layout.volumes.length >= 1 && layout.left.volumes > 0);
    assert.ok(layout.images.length === 5 && layout.left.images === 195);
  }
});

test("nothing lies outside of the drawing, nor on anything else", () => {
  for (const width of [320, 390, 559, 560, 600, 900, 1400]) {
    for (const facts of [NOTHING, factsOf(many(3)), factsOf(many(200))]) {
      const layout = layOut(width, facts);
      const boxes = [...Object.values(layout.nodes), ...layout.containers, ...layout.volumes];
      for (const [index, box] of boxes.entries()) {
        assert.ok(box.x >= 0 && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
        assert.ok(box.y >= 0 && box.y + box.height <= layout.height);
        for (const other of boxes.slice(index + 1)) {
          const apart =
            box.x + box.width <= other.x || other.x + other.width <= box.x ||
            box.y + box.height <= other.y || other.y + other.height <= box.y;
          assert.ok(apart, `${width}: ${JSON.stringify([box, other])}`);
        }
      }
    }
  }
});

test("the same facts stand in sentences", () => {
  const lines = describeFacts(factsOf(many(2)));
  assert.ok(lines.includes("c0, from nginx: running; on n0; with the volumes v0; port 8080→80."));
  assert.match(lines.join(" "), /There are 100 containers/);
  assert.equal(describeFacts(NOTHING).at(-1), "0 volumes.");
});
