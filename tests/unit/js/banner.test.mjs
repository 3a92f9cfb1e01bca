/** What a terminal's banner says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bannerText, exitText } from "../../../static/js/terminal/banner.js";

test("banners", () => {
  assert.equal(bannerText("live", {}), "");
  assert.match(bannerText("reconnecting", { retryInMs: 3000 }), /in 3 s/);
  assert.match(
    bannerText("reconnecting", { retryInMs: 250, message: "The machine does not answer." }),
    /^The machine does/,
  );
});

test("a shell's exit code is told as it is: 130 is that of what Ctrl-C has stopped", () => {
  assert.match(exitText(130), /^The shell has ended with exit code 130\./);
  assert.match(exitText(137), /exit code 137/);
  assert.match(exitText(0), /^The shell has ended\. Press a key/);
});
