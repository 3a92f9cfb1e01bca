/** Exercises that the machine could not be prepared for say so, and offer another try. */

import { announce, find } from "../lib/dom.js";

/**
 * @param {HTMLElement} root the lesson's text
 * @param {import("./sandbox.js").Sandbox} sandbox
 * @returns {() => void} to be called after every change of the sandbox
 */
export function wirePreparing(root, sandbox) {
  const notices = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-setup-failed]")]);
  for (const notice of notices) {
    find("[data-rerun-setup]", HTMLButtonElement, notice).addEventListener("click", () => void sandbox.change("prepare"));
  }
  return () => {
    const ready = sandbox.payload?.state === "ready";
    for (const notice of notices) {
      const slug = notice.closest("[data-exercise]")?.getAttribute("data-exercise") ?? "";
      const shown = ready && (sandbox.payload?.unprepared.includes(slug) ?? false);
      if (shown && notice.hidden) announce(find("p", HTMLElement, notice).textContent ?? "");
      notice.hidden = !shown;
    }
  };
}
