/** A module whose requests break off is asked for again; a faulty one is not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadModule } from "../../../static/js/lib/load_module.js";

/** @param {Error[]} errors what happens before it loads */
function loader(...errors) {
  const tries = [];
  const load = async (url) => {
    tries.push(url);
    const error = errors.shift();
    if (error) throw error;
    return { loaded: true };
  };
  return { load, tries };
}

test("again after a request broke off", async () => {
  const { load, tries } = loader(new TypeError("Failed to fetch"), new TypeError("Failed to fetch"));
  assert.deepEqual(await loadModule("/a.js", load, [0, 0]), { loaded: true });
  assert.deepEqual(tries, ["/a.js", "/a.js", "/a.js"]);
});

test("not for ever", async () => {
  const { load, tries } = loader(new TypeError("1"), new TypeError("2"), new TypeError("3"));
  await assert.rejects(loadModule("/a.js", load, [0, 0]), { message: "3" });
  assert.equal(tries.length, 3);
});

test("a faulty script is not loaded again", async () => {
  const { load, tries } = loader(new SyntaxError("faulty"));
  await assert.rejects(loadModule("/a.js", load, [0, 0]), SyntaxError);
  assert.equal(tries.length, 1);
});
