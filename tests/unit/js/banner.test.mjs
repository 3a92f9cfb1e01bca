/** What a terminal's banner says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bannerText } from "../../../static/js/terminal/banner.js";

test("banners", () => {
  assert.equal(bannerText("live", {}), "");
  assert.match(bannerText("reconnecting", { retryInMs: 3000 }), /in 3 s/);
  assert.match(
    bannerText("reconnecting", { retryInMs: 250, message: "The machine does not answer." }),
    /^The machine does/,
  );
});
