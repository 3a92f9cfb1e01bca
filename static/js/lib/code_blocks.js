/** Wire *Copy* and *Run* on the text's blocks of code. */

import { copyRefused, copyText } from "./clipboard.js";
import { announce, toast } from "./dom.js";
import { gettext } from "./i18n.js";

const CONFIRM_MS = 1_600;

/**
 * Show for a moment on the button that it worked.
 *
 * @param {HTMLElement} button
 * @param {string} text
 */
function confirm(button, text) {
  const label = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = text;
  announce(text);
  window.setTimeout(() => (button.textContent = label), CONFIRM_MS);
}

/**
 * @param {Element} block
 * @returns {string}
 */
function sourceOf(block) {
  return (block.querySelector("pre")?.textContent ?? "").replace(/\n+$/, "");
}

/**
 * Tell screen readers which block each button belongs to: a page has dozens of them.
 *
 * @param {Element} block
 */
function labelButtons(block) {
  const line = sourceOf(block).split("\n", 1)[0];
  for (const button of block.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${line}`);
  }
}

/**
 * Lets blocks that are wider than their frame take the focus, so that the arrow keys scroll them;
 * blocks that fit are skipped.
 */
const scrollers = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/**
 * @param {HTMLElement} button
 * @param {string} source
 */
async function copy(button, source) {
  if (await copyText(source)) confirm(button, gettext("Copied"));
  else toast(copyRefused());
}

/**
 * Prepare blocks of code that have just been added to the page.
 *
 * @param {ParentNode} root
 */
export function prepareCodeBlocks(root) {
  for (const block of root.querySelectorAll(".code")) labelButtons(block);
  for (const wide of root.querySelectorAll(".code pre, .table")) scrollers.observe(wide);
}

/**
 * @param {HTMLElement} root
 * @param {(machine: string, block: string) => Promise<boolean>} run
 *   enters a block in a machine's terminal; false when it can't, which it says itself
 */
export function wireCodeBlocks(root, run) {
  prepareCodeBlocks(root);
  root.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest(".code__copy, .code__run");
    const block = button?.closest(".code");
    if (!(button instanceof HTMLElement) || !(block instanceof HTMLElement)) return;
    const source = sourceOf(block);
    if (button.classList.contains("code__copy")) await copy(button, source);
    else if (await run(block.dataset.run ?? "", source)) confirm(button, gettext("Sent"));
  });
}
