/** What hangs on something is said before it is removed; what to type, where there is nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { moreText, rowsOfImages } from "../../../static/js/panels/desktop/objects.js";
import {
  listNames,
  removalOf,
  removalOfImage,
  removalOfNetwork,
  removalOfVolume,
} from "../../../static/js/panels/desktop/removals.js";
import { leftOutText, proposal, sourceText } from "../../../static/js/panels/desktop/states.js";

const NAMELESS = "9".repeat(64);
const web = {
  id: "1".repeat(64),
  name: "web",
  image: "app:1",
  image_id: "sha256:a",
  state: "running",
  mounts: [
    { type: "volume", name: "data", destination: "/data" },
    { type: "volume", name: NAMELESS, destination: "/cache" },
    { type: "bind", name: "/root", destination: "/src" },
  ],
  networks: [{ name: "lan", address: "172.18.0.2" }],
};

/** @returns {any} */
function deskWith(...containers) {
  const acted = [];
  const act = (...call) => Promise.resolve(acted.push(call));
  return { containers: () => containers, context: { act }, acted };
}

test("a container that runs is killed, its named volumes stay, others are asked for", async () => {
  const desk = deskWith(web);
  const removal = removalOf(desk, /** @type {any} */ (web));
  assert.deepEqual(removal.texts, [
    "It runs, and is killed first.",
    "What it wrote into its own files is lost. Its image stays.",
    "Its volumes stay: data.",
  ]);
  assert.equal(removal.option, "Remove its volume without a name, too");
  await removal.act(true);
  assert.deepEqual(desk.acted, [["remove-container", { id: web.id, volumes: true }]]);
});

test("one that has ended has less to lose", () => {
  const plain = { ...web, state: "exited", mounts: [] };
  const removal = removalOf(deskWith(), /** @type {any} */ (plain));
  assert.equal(removal.texts.length, 1);
  assert.equal(removal.option, undefined);
});

test("an image says which containers are made of it, and which names stay", async () => {
  const image = { id: "sha256:a", names: ["app:1", "app:latest"], created: 0, bytes: 1, layers: 1 };
  const desk = deskWith(web);
  const removal = removalOfImage(desk, image, "app:1");
  assert.match(removal.texts[0], /made of it: web\./);
  assert.match(removal.texts[1], /stays as app:latest/);
  await removal.act(false);
  await removalOfImage(desk, { ...image, names: [] }, "").act(false);
  assert.deepEqual(desk.acted, [
    ["remove-image", { reference: "app:1" }],
    ["remove-image", { reference: "sha256:a" }],
  ]);
  assert.equal(removal.success?.({ untagged: 1, deleted: 0 }), "The name app:1 is gone.");
});

test("a volume and a network say who uses them", () => {
  const desk = deskWith(web);
  const volume = { name: "data", driver: "local", created: "", anonymous: false };
  assert.match(removalOfVolume(desk, volume).texts[0], /use it: web\./);
  assert.match(removalOfVolume(deskWith(), volume).texts[0], /files in it are lost/);
  const network = /** @type {any} */ ({ id: "b", name: "lan" });
  assert.match(removalOfNetwork(desk, network).texts[0], /are in it: web\./);
  assert.match(removalOfNetwork(deskWith(), network).texts[0], /nothing is lost/);
});

test("long lists of names are cut", () => {
  assert.equal(listNames(["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
});

test("an image has a row for each name, and one without", () => {
  const image = { id: "x", names: ["a:1", "a:2"], created: 0, bytes: 8, layers: 1 };
  const rows = rowsOfImages([image, { ...image, names: [] }, { ...image, names: ["<none>:<none>"] }]);
  assert.deepEqual(
    rows.map((row) => row.reference),
    ["a:1", "a:2", "", ""],
  );
});

test("what is not listed is counted", () => {
  assert.equal(moreText(200, 200), "");
  assert.equal(moreText(201, 200), "There is 1 more, which is not listed here.");
  assert.equal(moreText(10_000, 200), "There are 9800 more, which are not listed here.");
});

test("a command is proposed that works here", () => {
  const named = (...names) => /** @type {any} */ ([{ names }]);
  const images = named("drydock/busybox:latest", "drydock/nginx:latest");
  assert.equal(proposal("containers", images), "docker run -d -p 8080:80 drydock/nginx");
  assert.equal(proposal("containers", named("x; rm -rf ~", "app:1")), "docker run -d -p 8080:80 app:1");
  assert.equal(proposal("containers", []), "docker run -d -p 8080:80 nginx");
});

test("what is not measured is counted", () => {
  assert.equal(leftOutText(0), "");
  assert.equal(leftOutText(30), "30 more containers run, which are not measured.");
  assert.notEqual(sourceText("engine"), sourceText("processes"));
});
