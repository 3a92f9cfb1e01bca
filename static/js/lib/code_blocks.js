/** *Copy* and *Run* on the text's blocks of code. */

import { announce, toast } from "./dom.js";
import { gettext } from "./i18n.js";

const SAID_MS = 1_600;

/** Show for a moment that it worked. @param {HTMLElement} button @param {string} text */
function say(button, text) {
  const label = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = text;
  announce(text);
  window.setTimeout(() => (button.textContent = label), SAID_MS);
}

/** @param {Element} block @returns {string} */
function sourceOf(block) {
  return (block.querySelector("pre")?.textContent ?? "").replace(/\n+$/, "");
}

/** Say to screen readers what a button is about: a page has dozens of them. @param {Element} block */
function label(block) {
  const line = sourceOf(block).split("\n", 1)[0];
  for (const button of block.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent}: ${line}`);
}

/** What is wider than its frame is scrolled with the arrow keys, for which it must take the focus; what fits is left out
 * of the way. */
const scrollers = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/** @param {HTMLElement} button @param {string} source */
async function copy(button, source) {
  try {
    await navigator.clipboard.writeText(source);
    say(button, gettext("Copied"));
  } catch {
    toast(gettext("The browser didn't allow copying. Select the text and press Ctrl-C."));
  }
}

/** Make blocks of code ready that have just come into the page. @param {ParentNode} root */
export function dressCode(root) {
  for (const block of root.querySelectorAll(".code")) label(block);
  for (const wide of root.querySelectorAll(".code pre, .table")) scrollers.observe(wide);
}

/** @param {HTMLElement} root
 * @param {(machine: string, keys: string) => boolean} type types into a machine's terminal; false when it can't */
export function wireCode(root, type) {
  dressCode(root);
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest(".code__copy, .code__run") : null;
    const block = button?.closest(".code");
    if (!(button instanceof HTMLElement) || !(block instanceof HTMLElement)) return;
    const source = sourceOf(block);
    if (button.classList.contains("code__copy")) void copy(button, source);
    else if (type(block.dataset.run ?? "", `${source.replaceAll("\n", "\r")}\r`)) say(button, gettext("Sent"));
  });
}
