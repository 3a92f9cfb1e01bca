/** Find, create and announce: small helpers for the document. */

import { gettext } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const TOAST_MS = 8_000;
const ACTION_TOAST_MS = 30_000;

/**
 * Find the first element that matches, as the class that is expected of it.
 *
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [root]
 * @returns {T}
 * @throws {Error} when there is none, which is a fault of the template
 */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`no ${type.name} matches ${selector}`);
}

/**
 * Create an element with its children.
 *
 * @param {string} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * Create an SVG element with its children.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
export function makeSvg(tag, attributes, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * Create an icon from the sprite that the page's other icons come from.
 *
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const sprite = find(".icon use", SVGUseElement).getAttribute("href") ?? "";
  const use = makeSvg("use", { href: `${sprite.split("#")[0]}#${name}` });
  return makeSvg("svg", { class: "icon", "aria-hidden": "true" }, use);
}

/**
 * Say something to screen readers only.
 *
 * @param {string} text
 */
export function announce(text) {
  find("#announce", HTMLElement).textContent = text;
}

/**
 * Show a message for a moment; for longer with something to do about it.
 *
 * @param {string} text
 * @param {{label: string, act: () => void}} [action]
 * @returns {() => void} takes it away
 */
export function toast(text, action) {
  const close = make("button", "toast__close", icon("cross"));
  close.setAttribute("type", "button");
  close.setAttribute("aria-label", gettext("Dismiss"));
  const box = make("div", "toast", make("span", "toast__text", text));
  const remove = () => box.remove();
  if (action) {
    const button = make("button", "toast__action", action.label);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => {
      remove();
      action.act();
    });
    box.append(button);
  }
  box.append(close);
  close.addEventListener("click", remove);
  find("#toasts", HTMLElement).replaceChildren(box);
  window.setTimeout(remove, action ? ACTION_TOAST_MS : TOAST_MS);
  return remove;
}
