/** Tell what happened to a machine that is ready again, until the student has read it. */

import { announce, find } from "../../lib/dom.js";
import { recall, remember } from "../../lib/storage.js";

/** @import { Sandbox } from "./sandbox.js" */

/**
 * @param {HTMLElement} root the terminal pane
 * @param {Sandbox} sandbox
 * @param {string} lesson "course/lesson"
 * @returns {() => void} to be called after every change of the sandbox
 */
export function wireSandboxNotice(root, sandbox, lesson) {
  const notice = find("[data-sandbox-notice]", HTMLElement, root);
  const text = find("[data-notice-text]", HTMLElement, notice);
  const key = `notice-read:${lesson}`;
  const current = () => `${sandbox.payload?.machines[0]?.id}: ${sandbox.payload?.notice ?? ""}`;
  find("[data-notice-dismiss]", HTMLButtonElement, notice).addEventListener("click", () => {
    remember(key, current());
    notice.hidden = true;
    root.dispatchEvent(new CustomEvent("focus-left"));
  });
  return () => {
    const message = sandbox.payload?.notice ?? "";
    const shown = message !== "" && recall(key) !== current();
    if (shown && notice.hidden) announce(message);
    text.textContent = message;
    notice.hidden = !shown;
  };
}
