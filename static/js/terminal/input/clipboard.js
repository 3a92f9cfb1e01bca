/**
 * Copy and paste: Ctrl-Shift-C and -V, the clipboard sequence (OSC 52), a limit on pastes.
 *
 * Whichever way text goes, its control characters are made harmless.
 */

import { ClipboardAddon } from "@xterm/addon-clipboard";
import { copyRefused, copyText } from "../../lib/clipboard.js";
import { disarm } from "../../lib/control_characters.js";
import { toast } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { INPUT_MAX_BYTES } from "../frames.js";

/** @import { Terminal } from "@xterm/xterm" */

/** How browsers name input that was not typed: from a keyboard's clipboard, a menu, a drag. */
const PASTED = ["insertFromPaste", "insertFromDrop", "insertFromYank", "insertFromPasteAsQuotation"];

/**
 * Let programs in the machine set the clipboard, but never read it: it may hold passwords.
 *
 * @param {Terminal} terminal
 * @param {() => boolean} allowed false during a replay, which must not set the clipboard again
 */
export function allowWriting(terminal, allowed) {
  const provider = {
    readText: () => "",
    /**
     * @param {string} _selection
     * @param {string} text
     */
    writeText: async (_selection, text) => {
      if (allowed() && !(await copyText(text))) offerCopy(text);
    },
  };
  terminal.loadAddon(new ClipboardAddon(undefined, provider));
  // The addon answers a query of the clipboard with nothing; we don't answer at all.
  terminal.parser.registerOscHandler(52, (data) => data.endsWith(";?"));
}

/**
 * Offer what a program wants to copy, as some browsers want a click for it.
 *
 * @param {string} text
 */
function offerCopy(text) {
  const copy = async () => {
    if (!(await copyText(text))) toast(copyRefused());
  };
  toast(gettext("A program in the machine wants to copy a text."), {
    label: gettext("Copy it"),
    act: () => void copy(),
  });
}

/** @param {Terminal} terminal */
export async function copySelection(terminal) {
  if (!terminal.hasSelection()) return;
  if (!(await copyText(terminal.getSelection()))) toast(copyRefused());
}

/**
 * Take over everything that pastes into a terminal.
 *
 * @param {HTMLElement} host
 * @param {Terminal} terminal
 */
export function wirePastes(host, terminal) {
  /**
   * @param {Event} event
   * @param {string} text
   */
  const paste = (event, text) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (fits(text)) terminal.paste(disarm(text));
  };
  const plain = (/** @type {DataTransfer | null} */ data) => data?.getData("text/plain") ?? "";
  const capture = { capture: true };
  host.addEventListener("paste", (event) => paste(event, plain(event.clipboardData)), capture);
  host.addEventListener("drop", (event) => paste(event, plain(event.dataTransfer)), capture);
  host.addEventListener("dragover", (event) => event.preventDefault(), capture);
  host.addEventListener(
    "beforeinput",
    (event) => {
      if (!PASTED.includes(event.inputType)) return;
      paste(event, event.data ?? plain(event.dataTransfer));
    },
    capture,
  );
  // What the browser's own menu copies.
  host.addEventListener(
    "copy",
    (event) => {
      if (!terminal.hasSelection()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      event.clipboardData?.setData("text/plain", disarm(terminal.getSelection()));
    },
    capture,
  );
}

/**
 * Whether a terminal takes a paste of this length; says so when it doesn't.
 *
 * @param {string} text
 * @returns {boolean}
 */
function fits(text) {
  const size = new Blob([text]).size;
  if (size <= INPUT_MAX_BYTES - 64) return true;
  const megabytes = (size / 1_000_000).toFixed(1);
  const message = gettext(
    "That is %(megabytes)s MB, and a terminal takes 4 MB at once. Nothing was pasted.",
  );
  toast(fill(message, { megabytes }));
  return false;
}
