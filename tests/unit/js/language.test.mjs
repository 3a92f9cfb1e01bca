/** With another language's catalogue no English is left in what the scripts say. */

import assert from "node:assert/strict";
import { test } from "node:test";

const mark = (text) => `⟦${text}⟧`;
globalThis.django = {
  gettext: mark,
  ngettext: (singular, plural, number) => mark(number === 1 ? singular : plural),
};
const statuses = await import("../../../static/js/workspace/sandbox/sandbox_status.js");
const format = await import("../../../static/js/lib/format.js");
const { bannerText } = await import("../../../static/js/terminal/banner.js");

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

test("statuses", () => {
  const states = ["requested", "starting", "ready", "parked", "ending", "gone", "failed"];
  const shown = [
    statuses.ASKING,
    statuses.OFFLINE,
    statuses.SIGNED_OUT,
    statuses.refusedStatus(mark("x")),
    statuses.statusOf(null, 20),
  ];
  for (const state of states) shown.push(statuses.statusOf({ ...sandbox, state }, 20));
  for (const { bar, title, text, more, button } of shown) {
    for (const part of [bar, title, text, more, button?.label])
      assert.equal(unmarked(part ?? ""), "");
  }
});

test("banners, times, counts", () => {
  const texts = [
    ...["reconnecting", "offline", "too-many", "not-yours", "refused"].map((state) =>
      bannerText(state, {}),
    ),
    bannerText("reconnecting", { retryInMs: 5000 }),
    ...[5, 30, 70, 600, 4000].map(format.estimate),
    format.pointsOf(1, 2),
    format.pointsIn(1),
    format.exercisesPassed(1, 3),
    format.megabytes(5e7),
  ];
  for (const text of texts) assert.equal(unmarked(text), "", text);
});

test("values are put into the translation", () => {
  assert.equal(format.pointsOf(1, 2), "⟦1 of 2 points⟧");
});
