/** Make the small parts that all lists of this panel have. */

import { icon, make } from "../../lib/dom.js";

/**
 * Make a button that shows only an icon.
 *
 * @param {string} iconName
 * @param {string} label what it does, and to what
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function iconButton(iconName, label, act) {
  const button = /** @type {HTMLButtonElement} */ (make("button", "tool desk__tool", icon(iconName)));
  button.type = "button";
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
  nameButton(button, label);
  return button;
}

/**
 * @param {HTMLElement} button
 * @param {string} label
 */
export function nameButton(button, label) {
  if (button.title === label) return;
  button.title = label;
  button.setAttribute("aria-label", label);
}

/**
 * Make a button with an icon and a word.
 *
 * @param {string} iconName
 * @param {string} text
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function wordButton(iconName, text, act) {
  const word = make("span", "desk__word", text);
  const button = /** @type {HTMLButtonElement} */ (
    make("button", "button button--quiet button--small desk__button", icon(iconName), word)
  );
  button.type = "button";
  button.title = text;
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
  return button;
}

/**
 * Show or hide, without a change of the document where nothing changes.
 *
 * @param {HTMLElement | SVGElement} element
 * @param {boolean} shown
 */
export function toggleShown(element, shown) {
  if (element.hasAttribute("hidden") === !shown) return;
  element.toggleAttribute("hidden", !shown);
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLElement} button
 * @param {boolean} disabled
 */
export function setDisabled(button, disabled) {
  if (disabled) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/**
 * Make a cell of a row, with its column's name for screen readers and for cards.
 *
 * @param {string} column
 * @param {string} className
 * @param {(Node | string)[]} children
 */
export function cell(column, className, ...children) {
  const label = make("span", "desk__label", column);
  return make("div", `desk__cell ${className}`, label, ...children);
}

/**
 * Make the names of columns, for eyes alone: every cell says its own.
 *
 * @param {string[]} columns
 */
export function columnNames(columns) {
  const head = make("div", "desk__head", ...columns.map((column) => make("span", "", column)));
  head.setAttribute("aria-hidden", "true");
  return head;
}
