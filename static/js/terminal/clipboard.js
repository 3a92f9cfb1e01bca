/** Copy and paste: Ctrl-Shift-C and -V, the clipboard sequence (OSC 52), a limit on pastes. */

import { ClipboardAddon } from "@xterm/addon-clipboard";
import { fill, gettext } from "../lib/i18n.js";
import { INPUT_MAX_BYTES } from "./frames.js";

/** @import { Terminal } from "@xterm/xterm" */

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
      if (allowed()) await navigator.clipboard.writeText(text).catch(() => {});
    },
  };
  terminal.loadAddon(new ClipboardAddon(undefined, provider));
  // The addon answers a query of the clipboard with nothing; we don't answer at all.
  terminal.parser.registerOscHandler(52, (data) => data.endsWith(";?"));
}

/**
 * @param {Terminal} terminal
 * @param {(message: string) => void} complain
 */
export async function copySelection(terminal, complain) {
  if (!terminal.hasSelection()) return;
  try {
    await navigator.clipboard.writeText(terminal.getSelection());
  } catch {
    complain(gettext("The browser didn't allow copying."));
  }
}

/**
 * Stop a paste that is too large before any of it is sent.
 *
 * @param {HTMLElement} host
 * @param {(message: string) => void} complain
 */
export function limitPastes(host, complain) {
  /** @param {ClipboardEvent} event */
  const check = (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const size = new Blob([text]).size;
    if (size <= INPUT_MAX_BYTES - 64) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const megabytes = (size / 1_000_000).toFixed(1);
    const message = gettext(
      "That is %(megabytes)s MB, and a terminal takes 4 MB at once. Nothing was pasted.",
    );
    complain(fill(message, { megabytes }));
  };
  host.addEventListener("paste", check, { capture: true });
}
