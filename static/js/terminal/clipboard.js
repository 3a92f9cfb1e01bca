/** Copying and pasting: Ctrl-Shift-C and -V, programs that set the clipboard (OSC 52), and a limit on pastes. */

import { ClipboardAddon } from "@xterm/addon-clipboard";
import { fill, gettext } from "../lib/i18n.js";
import { INPUT_MAX_BYTES } from "./frames.js";

/** A program in the machine may fill the clipboard, but never read it: it would see passwords copied elsewhere.
 * @param {import("@xterm/xterm").Terminal} terminal
 * @param {() => boolean} allowed false while old output is replayed, which must not set the clipboard again */
export function allowWriting(terminal, allowed) {
  const provider = {
    readText: () => "",
    /** @param {string} _selection @param {string} text */
    writeText: async (_selection, text) => {
      if (allowed()) await navigator.clipboard.writeText(text).catch(() => {});
    },
  };
  terminal.loadAddon(new ClipboardAddon(undefined, provider));
  // The addon answers a question for the clipboard, if only with nothing; we don't answer at all.
  terminal.parser.registerOscHandler(52, (data) => data.endsWith(";?"));
}

/** @param {import("@xterm/xterm").Terminal} terminal @param {(message: string) => void} tell */
export async function copySelection(terminal, tell) {
  if (!terminal.hasSelection()) return;
  try {
    await navigator.clipboard.writeText(terminal.getSelection());
  } catch {
    tell(gettext("The browser didn't allow copying."));
  }
}

/** Stop a paste that is too large before any of it is sent.
 * @param {HTMLElement} host @param {(message: string) => void} tell */
export function limitPastes(host, tell) {
  host.addEventListener(
    "paste",
    (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const size = new Blob([text]).size;
      if (size <= INPUT_MAX_BYTES - 64) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const megabytes = (size / 1_000_000).toFixed(1);
      tell(fill(gettext("That is %(megabytes)s MB, and a terminal takes 4 MB at once. Nothing was pasted."), { megabytes }));
    },
    { capture: true },
  );
}
