/** Say at an exercise that its setup scripts have failed, and offer to run them again. */

import { announce, find } from "../../lib/dom.js";

/** @import { Sandbox } from "./sandbox.js" */

/**
 * @param {HTMLElement} root the lesson's text
 * @param {Sandbox} sandbox
 * @returns {() => void} to be called after every change of the sandbox
 */
export function wireSetupNotices(root, sandbox) {
  const notices = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-setup-failed]")]);
  for (const notice of notices) {
    const retry = find("[data-rerun-setup]", HTMLButtonElement, notice);
    retry.addEventListener("click", () => void sandbox.change("prepare"));
  }
  return () => {
    const { payload } = sandbox;
    const failed = payload?.state === "ready" ? payload.unprepared : [];
    for (const notice of notices) {
      const slug = notice.closest("[data-exercise]")?.getAttribute("data-exercise") ?? "";
      const shown = failed.includes(slug);
      if (shown && notice.hidden) announce(find("p", HTMLElement, notice).textContent ?? "");
      notice.hidden = !shown;
    }
  };
}
