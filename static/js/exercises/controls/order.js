/** Put things in order: with buttons, by keyboard or touch, and by dragging with a mouse. */

import { announce, find } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";

/** @import { Control } from "../controls.js" */

/**
 * @param {HTMLElement} root
 * @returns {HTMLElement[]}
 */
function itemsIn(root) {
  return [...root.querySelectorAll("[data-item]")].filter((item) => item instanceof HTMLElement);
}

/**
 * @param {HTMLElement} root of the question
 * @returns {string[]} the items' keys, from the top
 */
function keysIn(root) {
  return itemsIn(root).map((item) => item.dataset.item ?? "");
}

/**
 * @param {HTMLElement} root of the question
 * @param {string[]} keys
 */
function setOrder(root, keys) {
  const place = (/** @type {HTMLElement} */ item) => keys.indexOf(item.dataset.item ?? "");
  const items = itemsIn(root).sort((left, right) => place(left) - place(right));
  find("[data-order]", HTMLElement, root).append(...items);
  showEnds(root);
}

/** @param {HTMLElement} root of the question */
function wireOrdering(root) {
  for (const item of itemsIn(root)) {
    for (const button of item.querySelectorAll("button")) {
      button.addEventListener("click", () => moveBy(root, item, button));
    }
    item.addEventListener("dragstart", (event) => startDrag(item, event));
    item.addEventListener("dragend", () => item.removeAttribute("data-dragged"));
    item.addEventListener("dragover", (event) => dragOver(root, item, event));
  }
  showEnds(root);
}

/**
 * Disable the first item's way up and the last one's way down; the buttons stay, for the focus.
 *
 * @param {HTMLElement} root
 */
function showEnds(root) {
  const items = itemsIn(root);
  items.forEach((item, index) => {
    const [up, down] = item.querySelectorAll("button");
    up.setAttribute("aria-disabled", String(index === 0));
    down.setAttribute("aria-disabled", String(index === items.length - 1));
  });
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} item
 * @param {HTMLButtonElement} button
 */
function moveBy(root, item, button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  if (button.dataset.move === "-1") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
  moved(root);
  const items = itemsIn(root);
  const place = { place: items.indexOf(item) + 1, count: items.length };
  announce(fill(gettext("Now at place %(place)s of %(count)s."), place));
}

/** @param {HTMLElement} root */
function moved(root) {
  showEnds(root);
  root.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * @param {HTMLElement} item
 * @param {DragEvent} event
 */
function startDrag(item, event) {
  item.setAttribute("data-dragged", "");
  event.dataTransfer?.setData("text/plain", item.dataset.item ?? "");
}

/**
 * Move the dragged item to the place it is dragged over, if that is of the same question.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} over
 * @param {DragEvent} event
 */
function dragOver(root, over, event) {
  const dragged = root.querySelector("[data-dragged]");
  if (!dragged) return;
  event.preventDefault();
  if (dragged === over) return;
  const below = dragged.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
  const box = over.getBoundingClientRect();
  const past = event.clientY - box.top > box.height / 2;
  if (below && past) over.after(dragged);
  else if (!below && !past) over.before(dragged);
  else return;
  moved(root);
}

/** @type {Control} */
export const control = {
  readAnswer: (root) => ("touched" in root.dataset ? keysIn(root) : null),
  writeAnswer: (root, answer) => {
    if (answer) setOrder(root, answer);
    root.toggleAttribute("data-touched", Boolean(answer));
  },
  wire: wireOrdering,
  edited: (root) => {
    root.dataset.touched = "";
  },
  orderedSolution: true,
};
