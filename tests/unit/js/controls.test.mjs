/** Each kind of question's control is one module, found by the name that its template has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readdir, readFile } from "node:fs/promises";
import { controlOf, loadControls } from "../../../static/js/exercises/controls.js";

const CONTROLS = new URL("../../../static/js/exercises/controls/", import.meta.url);
const QUESTIONS = new URL("../../../templates/learn/questions/", import.meta.url);

class Input {
  checked = false;

  constructor(type, value = "") {
    Object.assign(this, { type, value });
  }
}
globalThis.HTMLInputElement = Input;

/** A question whose control has these fields. */
function questionOf(control, { inputs = [], select = null } = {}) {
  return {
    dataset: { control },
    getAttribute: () => control,
    toggleAttribute(name, on) {
      if (on) this.dataset[name.replace("data-", "")] = "";
      else delete this.dataset[name.replace("data-", "")];
    },
    querySelectorAll: (selector) => (selector === "input" ? inputs : []),
    querySelector: (selector) => (selector === "select" ? select : inputs[0]),
  };
}

async function load(question) {
  await loadControls({ querySelectorAll: () => [question] });
  return controlOf(question);
}

test("every control that a template names has a module", async () => {
  const names = [];
  for (const file of await readdir(QUESTIONS)) {
    const text = await readFile(new URL(file, QUESTIONS), "utf8");
    const [, name] = text.match(/block control_name %}([a-z-]+){%/) ?? [];
    if (name) names.push(name);
  }
  assert.equal(names.length, (await readdir(CONTROLS)).length);
  for (const name of names) {
    const control = await load(questionOf(name));
    assert.equal(typeof control.readAnswer, "function");
    assert.equal(typeof control.writeAnswer, "function");
    assert.equal(control.orderedSolution ?? false, name === "order");
  }
});

test("a control that was not loaded is named", () => {
  assert.throws(() => controlOf(questionOf("dial")), /no control is called dial/);
});

test("single", async () => {
  const inputs = [new Input("radio", "a"), new Input("radio", "b")];
  const question = questionOf("single", { inputs });
  const control = await load(question);
  assert.equal(control.readAnswer(question), null);
  control.writeAnswer(question, "b");
  assert.deepEqual(inputs.map(({ checked }) => checked), [false, true]);
  assert.equal(control.readAnswer(question), "b");
});

test("multiple", async () => {
  const inputs = [new Input("checkbox", "a"), new Input("checkbox", "b")];
  const question = questionOf("multiple", { inputs });
  const control = await load(question);
  assert.equal(control.readAnswer(question), null);
  control.writeAnswer(question, ["a", "b"]);
  assert.deepEqual(control.readAnswer(question), ["a", "b"]);
  control.writeAnswer(question, null);
  assert.equal(control.readAnswer(question), null);
});

test("number", async () => {
  const select = { value: "MiB" };
  const question = questionOf("number", { inputs: [new Input("text")], select });
  const control = await load(question);
  assert.equal(control.readAnswer(question), null);
  control.writeAnswer(question, { value: "4", unit: "GiB" });
  assert.deepEqual(control.readAnswer(question), { value: "4", unit: "GiB" });
});

test("short text", async () => {
  const question = questionOf("short-text", { inputs: [new Input("text", "  ")] });
  const control = await load(question);
  assert.equal(control.readAnswer(question), null);
  control.writeAnswer(question, " chroot ");
  assert.equal(control.readAnswer(question), "chroot");
});

test("an order is an answer once the student has touched it", async () => {
  const question = questionOf("order");
  const control = await load(question);
  assert.equal(control.readAnswer(question), null);
  control.edited(question);
  assert.deepEqual(control.readAnswer(question), []);
  control.writeAnswer(question, null);
  assert.equal(control.readAnswer(question), null);
});
