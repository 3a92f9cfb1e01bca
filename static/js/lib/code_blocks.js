/** Wire *Copy*, *Run* and *Save* on the text's blocks of code. */

import { copyRefused, copyText } from "./clipboard.js";
import { announce, icon, make, toast } from "./dom.js";
import { fill, gettext } from "./i18n.js";

const CONFIRM_MS = 1_600;

/**
 * @typedef {object} RunOptions
 * @property {boolean} interrupt whether to stop what runs in the terminal first
 * @property {(text: string | null) => void} [onOutput] gets what the block has printed
 *
 * @typedef {object} BlockActions
 * @property {(machine: string, block: string, options: RunOptions) => Promise<boolean>} run
 *   enters a block in a machine's terminal; false when it can't, which it says itself
 * @property {((block: HTMLElement, file: SavedFile) => Promise<boolean>) | null} [save]
 *   writes a block into a machine; null where that can't be
 *
 * @typedef {{machine: string, path: string, text: string}} SavedFile
 */

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
  for (const button of block.querySelectorAll(".code__bar button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${line}`);
  }
  if (!block.hasAttribute("data-interrupt")) return;
  const text = gettext("Presses Ctrl-C first, to stop what runs in the terminal");
  block.querySelector(".code__run")?.setAttribute("title", text);
}

/**
 * Say quietly whether a block has printed what it is to print.
 *
 * @param {HTMLElement} block
 * @param {string | null} output null where that can't be told
 */
function showResult(block, output) {
  block.querySelector(".code__result")?.remove();
  if (output === null) return;
  /** @type {string[]} */
  const expected = JSON.parse(block.dataset.prints ?? "[]");
  const missing = expected.find((text) => !output.includes(text));
  const result = make("p", "code__result");
  if (missing === undefined) result.append(icon("tick"), gettext("It printed what it should."));
  else {
    const text = gettext("Expected in what it prints: “%(text)s”");
    result.append(icon("warning"), fill(text, { text: missing }));
  }
  result.dataset.matches = String(missing === undefined);
  result.setAttribute("role", "status");
  block.append(result);
}

/**
 * @param {HTMLElement} block
 * @param {HTMLElement} button
 * @param {BlockActions} actions
 */
async function run(block, button, actions) {
  const { run: machine = "", prints } = block.dataset;
  block.querySelector(".code__result")?.remove();
  const onOutput = prints
    ? (/** @type {string | null} */ output) => showResult(block, output)
    : undefined;
  const interrupt = "interrupt" in block.dataset;
  const sent = await actions.run(machine, sourceOf(block), { interrupt, onOutput });
  if (sent) confirm(button, gettext("Sent"));
}

/**
 * @param {HTMLElement} block
 * @param {HTMLElement} button
 * @param {BlockActions} actions
 */
async function save(block, button, actions) {
  const { in: machine = "", save: path = "" } = block.dataset;
  const file = { machine, path, text: `${sourceOf(block)}\n` };
  if (await actions.save?.(block, file)) confirm(button, gettext("Saved"));
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
 * @param {BlockActions} actions
 */
export function wireCodeBlocks(root, actions) {
  prepareCodeBlocks(root);
  root.toggleAttribute("data-saves", Boolean(actions.save));
  root.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest(".code__copy, .code__run, .code__save");
    const block = button?.closest(".code");
    if (!(button instanceof HTMLElement) || !(block instanceof HTMLElement)) return;
    if (button.classList.contains("code__copy")) await copy(button, sourceOf(block));
    else if (button.classList.contains("code__save")) await save(block, button, actions);
    else await run(block, button, actions);
  });
}
