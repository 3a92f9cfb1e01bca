/** What the panel Layers draws of images, and how it sums them up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HEIGHT_MIN,
  heightOf,
  makeRows,
  nameOf,
  sharedLayers,
  summarize,
  summarizePair,
  summarizePush,
} from "../../../static/js/panels/layers/model.js";

/**
 * @param {string} name
 * @param {[string, number][]} layers
 * @param {object} more
 */
const image = (name, layers, more = {}) => ({
  id: `sha256:${name}0123456789`,
  names: [name],
  size: layers.reduce((sum, [, size]) => sum + size, 0),
  created: 0,
  layers,
  reused: 0,
  reused_from: "",
  reuse_observed: true,
  ...more,
});
const BASE = image("base", [["b1", 80e6]]);
const ONE = image("app:1", [
  ["b1", 80e6],
  ["r1", 20e6],
  ["c1", 1000],
]);
const TWO = image(
  "app:2",
  [
    ["b1", 80e6],
    ["r1", 20e6],
    ["c2", 2000],
  ],
  { reused: 2, reused_from: ONE.id },
);
const ALL = [TWO, ONE, BASE];
const STEPS = [
  { verb: "ADD", text: "base", layer: 0, size: 80e6, created: 1 },
  { verb: "ENV", text: "A=1", layer: null, size: 0, created: 2 },
  { verb: "EXPOSE", text: "80", layer: null, size: 0, created: 2 },
  { verb: "RUN", text: "make", layer: 1, size: 20e6, created: 3 },
  { verb: "COPY", text: ". .", layer: 2, size: 2000, created: 4 },
  { verb: "CMD", text: "x", layer: null, size: 0, created: 5 },
];
/** @param {string} text */
const plain = (text) => text.replaceAll("\u00a0", " ");

test("rows stand from the top to the bottom; steps without a layer share one", () => {
  const rows = makeRows(TWO, STEPS, ALL, undefined);
  assert.deepEqual(
    rows.map(({ state, steps }) => [state, steps.map(({ verb }) => verb).join(" ")]),
    [
      ["settings", "CMD"],
      ["new", "COPY"],
      ["reused", "RUN"],
      ["settings", "ENV EXPOSE"],
      ["reused", "ADD"],
    ],
  );
  assert.deepEqual(rows[2].others, ["app:1"]);
  assert.deepEqual(rows[4].others, ["app:1", "base"]);
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
});

test("layers are drawn when their steps are not known, or do not fit", () => {
  for (const steps of [[], STEPS.slice(0, 3)]) {
    assert.deepEqual(
      makeRows(ONE, steps, ALL, undefined).map(({ layer, size }) => [layer, size]),
      [
        [2, 1000],
        [1, 20e6],
        [0, 80e6],
      ],
    );
  }
});

test("a layer that was made again and came out the same is told from a new one", () => {
  const again = image("app:3", ONE.layers, { reused: 1 });
  const states = makeRows(again, [], [again, ONE], undefined).map(({ state }) => state);
  assert.deepEqual(states, ["again", "again", "reused"]);
});

test("a push belongs to an image with as many layers", () => {
  /** @type {any} */
  const push = { layers: [{ how: "had" }, { how: "had" }, { how: "sent" }] };
  assert.equal(makeRows(TWO, STEPS, ALL, push)[1].push?.how, "sent");
  assert.equal(makeRows(BASE, [], ALL, push)[0].push, null);
});

test("what a build took over", () => {
  assert.equal(
    plain(summarize(TWO, ALL)),
    "2 were here before, taken over from app:1 (100 MB). 1 is new (2 kB).",
  );
  assert.match(plain(summarize(TWO, [TWO])), /^2 were here before, taken over \(100 MB\)/);
  assert.match(summarize(BASE, ALL), /nothing of it was here before/);
  const same = image("tag", ONE.layers, { reused: 3, reused_from: ONE.id });
  assert.match(summarize(same, ALL), /Nothing new had to be stored/);
  assert.match(summarize(image("empty", []), ALL), /no layers/);
});

test("two images are counted once where they are the same", () => {
  assert.equal(sharedLayers(ONE, TWO), 2);
  assert.equal(
    plain(summarizePair(ONE, TWO)),
    "Together 100 MB on the disk, not 200 MB: they share the 2 lowest layers (100 MB).",
  );
  assert.match(summarizePair(ONE, image("x", [["z", 1]])), /no layer in common/);
  assert.match(summarizePair(ONE, ONE), /the same layers, which are there once/);
  // The same content upon something else is another layer.
  assert.equal(sharedLayers(ONE, image("y", [["r1", 1]])), 0);
});

test("what a push sent", () => {
  /** @type {any} */
  const push = {
    name: "ada/app:2",
    layers: [
      { how: "mounted", bytes: 5e6, source: "ada/base" },
      { how: "had", bytes: 5e6, source: "" },
      { how: "sent", bytes: 1200, source: "" },
    ],
  };
  assert.equal(
    plain(summarizePush(push)),
    "Pushed as ada/app:2: 1 layer sent (1.2 kB, packed), 1 was there already, 1 taken over from another repository there.",
  );
  push.layers = push.layers.slice(0, 2);
  assert.match(summarizePush(push), /no layer sent, 1 was there already/);
});

test("heights grow with sizes, between bounds", () => {
  const heights = [0, 1e3, 1e6, 40e6, 80e6].map((size) => heightOf(size, 80e6));
  assert.deepEqual(heights, [...heights].sort((a, b) => a - b));
  assert.equal(heights[0], HEIGHT_MIN);
  assert.equal(heightOf(0, 0), HEIGHT_MIN);
  assert.ok(heightOf(1e30, 1e30) < 100);
});

test("an image without a name has the beginning of its id", () => {
  assert.equal(nameOf({ ...ONE, id: "sha256:0123456789ab", names: [] }), "without a name (01234567)");
  assert.equal(nameOf(undefined), "");
});
