/** Ask before something is lost. */

import { make } from "../../lib/dom.js";
import { gettext } from "../../lib/i18n.js";

/** @import { Removal } from "./types.js" */

/**
 * Show a dialog that says what is lost.
 *
 * @param {Removal} removal
 * @param {HTMLElement} parent where the dialog stands; it goes with it
 * @returns {Promise<{agreed: boolean, option: boolean}>}
 */
export function confirmRemoval(removal, parent) {
  const title = make("h2", "dialog__title", removal.title);
  title.id = "desk-dialog-title";
  const texts = removal.texts.map((text) => make("p", "dialog__text", text));
  const box = /** @type {HTMLInputElement} */ (make("input"));
  box.type = "checkbox";
  const options = removal.option
    ? [make("label", "dialog__text desk__option", box, removal.option)]
    : [];
  const cancel = make("button", "button button--quiet", gettext("Cancel"));
  const agree = make("button", "button button--danger", gettext("Remove"));
  for (const button of [cancel, agree]) button.setAttribute("type", "submit");
  cancel.setAttribute("value", "no");
  agree.setAttribute("value", "yes");
  const actions = make("div", "dialog__actions", cancel, agree);
  const form = make("form", "", title, ...texts, ...options, actions);
  form.setAttribute("method", "dialog");
  const dialog = /** @type {HTMLDialogElement} */ (make("dialog", "dialog", form));
  dialog.setAttribute("aria-labelledby", title.id);
  parent.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve({ agreed: dialog.returnValue === "yes", option: box.checked });
    });
    dialog.showModal();
  });
}
