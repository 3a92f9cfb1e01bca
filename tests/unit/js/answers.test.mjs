/** A plain xterm.js, without a page, answers what programs ask it only while it is told to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import xterm from "@xterm/xterm";
import { answerOnlyWhen, isPassive, isReport } from "../../../static/js/terminal/answers.js";

const QUESTIONS = {
  "primary attributes": "\x1b[c",
  "secondary attributes": "\x1b[>c",
  status: "\x1b[5n",
  cursor: "\x1b[6n",
  "extended cursor": "\x1b[?6n",
  "private mode": "\x1b[?2004$p",
  mode: "\x1b[4$p",
  "cursor style": "\x1bP$q q\x1b\\",
  "scroll region": "\x1bP$qr\x1b\\",
};

/** What a terminal sends up while it is shown `text`. */
async function sentUp(text, answers) {
  const terminal = new xterm.Terminal({ allowProposedApi: true });
  const sent = [];
  terminal.onData((data) => sent.push(data));
  if (answers !== undefined) answerOnlyWhen(terminal, () => answers);
  await new Promise((done) => terminal.write(text, done));
  return sent;
}

for (const [name, question] of Object.entries(QUESTIONS)) {
  test(`answers about ${name} when it is to, as a terminal that was told nothing`, async () => {
    const plain = await sentUp(question);
    assert.equal(plain.length, 1);
    assert.deepEqual(await sentUp(question, true), plain);
  });

  test(`passes over a question about ${name} when it isn't`, async () => {
    assert.deepEqual(await sentUp(`before${question}after`, false), []);
  });
}

test("shows what stands around a question that it passes over", async () => {
  const terminal = new xterm.Terminal({ allowProposedApi: true });
  answerOnlyWhen(terminal, () => false);
  const text = `be${Object.values(QUESTIONS).join("")}\x1b]11;?\x07\x1b]4;1;?\x07\x1b[18tfore`;
  await new Promise((done) => terminal.write(text, done));
  assert.equal(terminal.buffer.active.getLine(0).translateToString(true), "before");
});

test("knows what comes of looking, and that a click is more", () => {
  for (const report of ["\x1b[I", "\x1b[O", "\x1b[<35;1;1M", "\x1b[<51;1;1M", "\x1b[MC!!"]) {
    assert.ok(isPassive(report));
  }
  for (const click of ["\x1b[<0;1;1M", "\x1b[<32;1;1M", "\x1b[<64;1;1M", "\x1b[M !!", "a"]) {
    assert.ok(!isPassive(click));
  }
});

test("knows reports that nobody typed", () => {
  for (const report of ["\x1b[I", "\x1b[O", "\x1b[<35;1;1M", "\x1b[M !!"]) {
    assert.ok(isReport(report));
  }
  for (const typed of ["a", "\x1b[A", "\x1bOP", "\x1b[200~x\x1b[201~"]) {
    assert.ok(!isReport(typed));
  }
});
