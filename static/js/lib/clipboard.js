/** Put text into the clipboard, also on pages that were loaded over plain HTTP. */

import { disarm } from "./control_characters.js";
import { gettext } from "./i18n.js";

/**
 * Copy by the command that predates `navigator.clipboard`, which browsers give to HTTPS pages only.
 * It needs a key or a click that has just been made.
 *
 * @param {string} text
 * @returns {boolean}
 */
function copyByCommand(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  field.readOnly = true;
  // Within an open dialog: what lies outside it can't be selected.
  (document.querySelector("dialog:modal") ?? document.body).append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return copied;
}

/**
 * Copy a text, its control characters made harmless.
 *
 * @param {string} text
 * @returns {Promise<boolean>} false when the browser did not allow it
 */
export async function copyText(text) {
  const clean = disarm(text);
  try {
    await navigator.clipboard.writeText(clean);
    return true;
  } catch {
    return copyByCommand(clean); // no permission, or no clipboard at all
  }
}

/**
 * Say why nothing was copied, and what to do.
 *
 * @returns {string}
 */
export function copyRefused() {
  return window.isSecureContext
    ? gettext("The browser didn't allow copying. Select the text and press Ctrl-C.")
    : gettext(
        "The browser copies by itself only from pages loaded over HTTPS, and this one was not. " +
          "Select the text and press Ctrl-C.",
      );
}
