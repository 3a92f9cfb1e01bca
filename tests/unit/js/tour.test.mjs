/** Where the tour's card stands: beside what it explains, never on it, always in the window. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { placeBeside } from "../../../static/js/reading/tour.js";

const box = (/** @type {number} */ left, /** @type {number} */ top, /** @type {number} */ width, /** @type {number} */ height) =>
  /** @type {DOMRect} */ ({ left, top, width, height, right: left + width, bottom: top + height });
const card = box(0, 0, 320, 160);

test("the card is beside its target and within the window", () => {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ]) {
    for (let left = 0; left + 60 <= width; left += 55) {
      for (let top = 0; top + 30 <= height; top += 37) {
        const target = box(left, top, 60, 30);
        const place = placeBeside(target, card, width, height);
        const apart =
          place.left >= target.right ||
          place.left + card.width <= target.left ||
          place.top >= target.bottom ||
          place.top + card.height <= target.top;
        assert.ok(apart, `covers ${left},${top}`);
        assert.ok(place.left >= 0 && place.left + card.width <= width, `${left},${top} leaves`);
        assert.ok(place.top >= 0 && place.top + card.height <= height, `${left},${top} leaves`);
      }
    }
  }
});
