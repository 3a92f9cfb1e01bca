/** End a terminal's shell as a person would: Ctrl-C for what runs, then Ctrl-D for each shell. */

/** @import { TerminalView } from "../../terminal/view.js" */

const INTERRUPT = "\x03";
const END_OF_INPUT = "\x04";
/** Shells within shells (`docker run -it`, `su`) end one by one, and bash asks once about jobs. */
const TRIES = 6;
const WAIT_MS = 1_500;
const POLL_MS = 50;

/**
 * @param {() => boolean} holds
 * @returns {Promise<boolean>} whether it came to hold
 */
async function within(holds) {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return holds();
}

/**
 * @param {Pick<TerminalView, "state" | "hasEnded" | "hasProgram" | "press">} view
 * @returns {Promise<boolean>} whether its shell has ended, or never was
 */
export async function endShell(view) {
  for (let tries = 0; tries < TRIES && view.state === "live" && !view.hasEnded; tries += 1) {
    view.press(INTERRUPT);
    await within(() => view.hasEnded || !view.hasProgram);
    if (view.hasProgram) continue;
    view.press(END_OF_INPUT);
    await within(() => view.hasEnded);
  }
  return view.state !== "live" || view.hasEnded;
}
