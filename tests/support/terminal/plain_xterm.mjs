/**
 * Feed plain xterm.js terminals, without a page, and say what became of them.
 *
 * Reads a JSON list of {cols, rows, writes: [base64, …]} from standard input, and writes a list of
 * what the tests compare. It looks into xterm.js where its API has no answer.
 */

import xterm from "@xterm/xterm";

function feed(terminal, text) {
  return new Promise((done) => terminal.write(text, done));
}

function linesOf(buffer) {
  const lines = [];
  for (let row = 0; row < buffer.length; row += 1) {
    lines.push(buffer.getLine(row).translateToString(true));
  }
  return lines;
}

async function show({ cols, rows, writes }) {
  const terminal = new xterm.Terminal({ allowProposedApi: true, cols, rows });
  const answers = [];
  terminal.onData((data) => answers.push(data));
  for (const write of writes) await feed(terminal, Buffer.from(write, "base64"));
  const core = terminal._core;
  const { buffer } = core._bufferService;
  const cell = core._inputHandler._curAttrData;
  const state = {
    answers,
    screen: terminal.buffer.active.type,
    lines: linesOf(terminal.buffer.active),
    normal: linesOf(terminal.buffer.normal),
    cursor: [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY],
    hidden: core.coreService.isCursorHidden,
    modes: terminal.modes,
    private: core.coreService.decPrivateModes,
    ansi: core.coreService.modes,
    newLine: core.optionsService.options.convertEol,
    mouse: [core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding],
    region: [buffer.scrollTop, buffer.scrollBottom],
    charset: core._charsetService.charset?.a ?? "a",
    shift: core._charsetService.glevel,
    style: [cell.fg, cell.bg],
  };
  // What a letter becomes shows whether line drawing is left.
  await feed(terminal, "\r\n\x1b[2Klqk");
  state.letters = terminal.buffer.active
    .getLine(terminal.buffer.active.baseY + terminal.buffer.active.cursorY)
    ?.translateToString(true)
    .trim();
  terminal.dispose();
  return state;
}

let input = "";
for await (const chunk of process.stdin) input += chunk;
const shown = [];
for (const terminal of JSON.parse(input)) shown.push(await show(terminal));
process.stdout.write(JSON.stringify(shown));
