/** With a catalogue of another language no English is left in what the scripts say. */

import assert from "node:assert/strict";
import { test } from "node:test";

const mark = (text) => `⟦${text}⟧`;
globalThis.django = { gettext: mark, ngettext: (one, many, number) => mark(number === 1 ? one : many) };
const words = await import("../../../static/js/workspace/sandbox_status.js");

const sandbox = {
  id: "1",
  lesson: "a/b",
  reason: "",
  queue: { place: 3, estimate_seconds: 50, full: true },
  expires_at: "2030-01-01T00:00:00+00:00",
  extendable: true,
  home_max_bytes: 50_000_000,
  accelerator: null,
  machines: [],
};

/** What stands outside every pair of marks. @param {string} text */
function unmarked(text) {
  let rest = text;
  while (/⟦[^⟦⟧]*⟧/.test(rest)) rest = rest.replace(/⟦[^⟦⟧]*⟧/g, "");
  return rest.replace(/[\d .,·]/g, "");
}

test("scenes", () => {
  const states = ["requested", "starting", "ready", "parked", "ending", "gone", "failed"];
  const scenes = [words.ASKING, words.OFFLINE, words.SIGNED_OUT, words.refused(mark("x")), words.sceneOf(null, 20)];
  for (const state of states) scenes.push(words.sceneOf({ ...sandbox, state }, 20));
  for (const { bar, title, text, more, button } of scenes) {
    for (const said of [bar, title, text, more, button?.label]) assert.equal(unmarked(said ?? ""), "");
  }
});

test("banners, times, counts", () => {
  const said = [
    ...["reconnecting", "offline", "too-many", "not-yours", "refused"].map((state) => words.bannerOf(state, {})),
    words.bannerOf("reconnecting", { retryInMs: 5000 }),
    ...[5, 30, 70, 600, 4000].map(words.estimate),
    words.pointsOf(1, 2),
    words.pointsIn(1),
    words.exercisesPassed(1, 3),
    words.megabytes(5e7),
  ];
  for (const text of said) assert.equal(unmarked(text), "", text);
});

test("values are put into the translation", () => {
  assert.equal(words.pointsOf(1, 2), "⟦1 of 2 points⟧");
});
