/** Which terminals there are, and which are shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  TERMINALS_MAX,
  TITLE_MAX,
  TerminalLayout,
  cleanTitle,
} from "../../../static/js/workspace/terminals/layout.js";

const labels = (layout) => layout.terminals.map((terminal) => layout.label(terminal));

test("each machine has one to begin with, and the first is shown", () => {
  const layout = new TerminalLayout(["left", "right"]);
  assert.deepEqual(labels(layout), ["left", "right"]);
  assert.deepEqual([layout.active, layout.shown, layout.split], ["left", ["left"], ""]);
});

test("a new one stands with its machine's and is shown", () => {
  const layout = new TerminalLayout(["left", "right"]);
  const added = layout.add("left");
  assert.deepEqual(labels(layout), ["left", "left 2", "right"]);
  assert.deepEqual([layout.active, layout.shown], [added.id, [added.id]]);
});

test("a machine has no more than six", () => {
  const layout = new TerminalLayout(["box"]);
  for (let count = 1; count < TERMINALS_MAX; count += 1) assert.ok(layout.add("box"));
  assert.equal(layout.add("box"), null);
  assert.equal(layout.of("box").length, TERMINALS_MAX);
  assert.equal(layout.add("other"), null);
});

test("a number is free again when its terminal is closed; a shell's name never is", () => {
  const layout = new TerminalLayout(["box"]);
  const second = layout.add("box");
  layout.add("box");
  layout.remove(second.id);
  const again = layout.add("box");
  assert.deepEqual(labels(layout), ["box", "box 3", "box 2"]);
  assert.notEqual(again.name, second.name);
});

test("a machine's first terminal can't be closed", () => {
  const layout = new TerminalLayout(["box"]);
  layout.remove("box");
  assert.deepEqual(labels(layout), ["box"]);
});

test("closing what is shown shows its neighbour", () => {
  const layout = new TerminalLayout(["box"]);
  const [second, third] = [layout.add("box"), layout.add("box")];
  layout.remove(third.id);
  assert.deepEqual([layout.active, layout.shown], [second.id, [second.id]]);
});

test("a split shows another terminal, a new one where there is none", () => {
  const layout = new TerminalLayout(["box"]);
  layout.setSplit("beside");
  assert.deepEqual(labels(layout), ["box", "box 2"]);
  assert.deepEqual(layout.shown, ["box", layout.active]);
  layout.setSplit("");
  assert.equal(layout.shown.length, 1);
  layout.choose("box");
  layout.setSplit("below");
  assert.equal(labels(layout).length, 2);
});

test("what is chosen takes the active half; what is shown already becomes active", () => {
  const layout = new TerminalLayout(["box"]);
  const third = layout.add("box");
  layout.choose("box");
  layout.setSplit("beside");
  const fourth = layout.add("box");
  assert.deepEqual(layout.shown, ["box", fourth.id]);
  layout.choose("box");
  assert.deepEqual([layout.active, layout.shown], ["box", ["box", fourth.id]]);
  layout.choose(third.id);
  assert.deepEqual(layout.shown, [third.id, fourth.id]);
});

test("closing one half of a split leaves the other", () => {
  const layout = new TerminalLayout(["box"]);
  layout.setSplit("beside");
  layout.remove(layout.active);
  assert.deepEqual([layout.shown, layout.active, layout.split], [["box"], "box", ""]);
});

test("a layout comes back as it was", () => {
  const layout = new TerminalLayout(["left", "right"]);
  layout.setSplit("below");
  layout.rename(layout.add("right", { command: "top" }).id, "  load  ");
  const again = new TerminalLayout(["left", "right"], layout.serialise());
  assert.equal(again.serialise(), layout.serialise());
  assert.equal(again.add("left").name, layout.add("left").name);
});

test("a lesson that has changed keeps what it still has", () => {
  const layout = new TerminalLayout(["old", "box"]);
  layout.add("old");
  const again = new TerminalLayout(["box", "new"], layout.serialise());
  assert.deepEqual(labels(again), ["box", "new"]);
  assert.deepEqual(again.shown, ["box"]);
});

for (const stored of [null, "", "{", "null", "[]", '{"terminals":[{"machine":"box","name":"A b"}]}']) {
  test(`a page that finds ${stored} begins anew`, () => {
    assert.deepEqual(labels(new TerminalLayout(["box"], stored)), ["box"]);
  });
}

test("what another window opens and closes is taken over; what is shown here stays", () => {
  const [here, there] = [new TerminalLayout(["box"]), new TerminalLayout(["box"])];
  const second = there.add("box");
  here.adopt(there.serialise());
  assert.deepEqual([labels(here), here.active], [["box", "box 2"], "box"]);
  here.choose(second.id);
  there.remove(second.id);
  here.adopt(there.serialise());
  assert.deepEqual([labels(here), here.active, here.shown], [["box"], "box", ["box"]]);
});

test("a block goes to the active terminal of its machine, else to one that is shown", () => {
  const layout = new TerminalLayout(["left", "right"]);
  const second = layout.add("left");
  assert.equal(layout.preferred("left"), second.id);
  assert.equal(layout.preferred("right"), "right");
  layout.choose("right");
  assert.equal(layout.preferred("left"), "left");
});

test("a title is one line, bounded, without what moves the text around", () => {
  assert.equal(cleanTitle(" a\u001b[31m\nb\u202ec "), "a [31m b c");
  assert.equal([...cleanTitle("🐳".repeat(99))].length, TITLE_MAX);
});
