/** Keep what a reader guesses before trying it: in this browser, for the reader alone. */

import { recall, remember } from "./storage.js";

/**
 * Fill in what was guessed before, and keep what is typed.
 *
 * @param {ParentNode} root
 * @param {string} lesson "course/lesson"
 */
export function wireGuesses(root, lesson) {
  for (const input of root.querySelectorAll("[data-guess]")) {
    if (!(input instanceof HTMLInputElement)) continue;
    const question = (input.closest(".guess")?.querySelector("p")?.textContent ?? "").trim();
    const key = `guess:${lesson}:${question.slice(0, 100)}`;
    const label = input.previousElementSibling?.textContent ?? "";
    input.setAttribute("aria-label", `${label}: ${question}`);
    input.value = recall(key) ?? "";
    input.addEventListener("input", () => remember(key, input.value));
  }
}
