/**
 * Take every letter of input methods that report key 229, as touch keyboards do.
 *
 * xterm.js (6.0) compares its field before and after each such key, a moment later: of two letters
 * that come at once it loses the second. The browser says by itself what each of them entered.
 */

/** @import { Terminal } from "@xterm/xterm" */

const INPUT_METHOD_KEY = 229;
const SENDING_MS = 5;
/** What erases, and what a terminal gets for it. */
const ERASING = { deleteContentBackward: "\x7f", deleteWordBackward: "\x17" };

/**
 * Translate what the browser says was entered.
 *
 * @param {{inputType: string, data: string | null}} event
 * @returns {string} "" for nothing that concerns a terminal
 */
export function enteredBy({ inputType, data }) {
  if (inputType === "insertText" || inputType === "insertReplacementText") return data ?? "";
  if (inputType === "insertLineBreak" || inputType === "insertParagraph") return "\r";
  return ERASING[/** @type {keyof typeof ERASING} */ (inputType)] ?? "";
}

/**
 * @param {HTMLElement} host around the terminal, so that we are asked before xterm.js
 * @param {Terminal} terminal
 * @returns {(event: KeyboardEvent) => boolean} whether xterm.js must not have the key
 */
export function wireInputMethod(host, terminal) {
  let composing = false;
  /** Whether the last key was an input method's: then what it entered is ours to send. */
  let ours = false;
  const capture = { capture: true };
  host.addEventListener("compositionstart", () => (composing = true), capture);
  host.addEventListener(
    "compositionend",
    // A moment later xterm.js sends the composition, and with it what was entered until then.
    () => window.setTimeout(() => (composing = false), SENDING_MS),
    capture,
  );
  host.addEventListener(
    "input",
    (event) => {
      if (!ours || composing || !(event instanceof InputEvent) || event.isComposing) return;
      const keys = enteredBy(event);
      if (!keys) return;
      event.stopImmediatePropagation();
      terminal.input(keys, true);
    },
    capture,
  );
  return (event) => {
    if (event.type !== "keydown") return false;
    ours = event.keyCode === INPUT_METHOD_KEY && !composing;
    return ours;
  };
}
