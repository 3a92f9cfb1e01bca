/** Small helpers for the document. */

import { gettext } from "./i18n.js";

/** The one element that matches, as the class that is expected of it.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [root]
 * @returns {T}
 * @throws {Error} when there is none, which is a fault of the template */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`no ${type.name} matches ${selector}`);
}

/** @param {string} tag @param {string} className @param {(Node | string)[]} children @returns {HTMLElement} */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon out of the sprite that the page's other icons come from.
 * @param {string} name @returns {SVGSVGElement} */
export function icon(name) {
  const href = find(".icon use", SVGUseElement).getAttribute("href") ?? "";
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${href.split("#")[0]}#${name}`);
  svg.append(use);
  return svg;
}

/** Say something to screen readers alone. @param {string} text */
export function announce(text) {
  find("#announce", HTMLElement).textContent = text;
}

const TOAST_MS = 8_000;

/** Show a message for a moment. @param {string} text */
export function toast(text) {
  const close = make("button", "toast__close", icon("cross"));
  close.setAttribute("type", "button");
  close.setAttribute("aria-label", gettext("Dismiss"));
  const box = make("div", "toast", make("span", "", text), close);
  close.addEventListener("click", () => box.remove());
  find("#toasts", HTMLElement).replaceChildren(box);
  window.setTimeout(() => box.remove(), TOAST_MS);
}

/** Remembered between visits, where the browser lets us. @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return window.localStorage.getItem(`drydock.${key}`);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    window.localStorage.setItem(`drydock.${key}`, value);
  } catch {
    // Storage is barred or full; then it is not remembered.
  }
}
