/** Keep the lesson's contents in step with the reader: the current part, what is read and passed. */

import { find } from "../lib/dom.js";

/** Where on the screen, from the top of the text, a heading counts as reached. */
const REACHED_PX = 120;

/**
 * @param {HTMLElement} scroller the element that the text scrolls in
 * @returns {(slug: string, passed: boolean) => void} marks an exercise
 */
export function wireContents(scroller) {
  const root = scroller.querySelector("[data-contents]");
  if (!(root instanceof HTMLElement)) return () => {};
  const fold = find("details", HTMLDetailsElement, root);
  const title = find("[data-contents-here]", HTMLElement, root);
  const read = find("[data-contents-read]", HTMLElement, root);
  const links = /** @type {HTMLAnchorElement[]} */ ([...root.querySelectorAll("a")]);
  const targets = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));

  function show() {
    const top = scroller.getBoundingClientRect().top + REACHED_PX;
    const length = scroller.scrollHeight - scroller.clientHeight;
    const reached = targets.map((target) => (target?.getBoundingClientRect().top ?? Infinity) <= top);
    // The last part may be too short to ever reach the top.
    const atEnd = length > 0 && scroller.scrollTop >= length - 2;
    const current = atEnd ? links.length - 1 : reached.lastIndexOf(true);
    links.forEach((link, index) => {
      if (index === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    });
    title.textContent = links[current]?.querySelector("span:not([class])")?.textContent ?? "";
    read.style.setProperty("--read", String(length > 0 ? scroller.scrollTop / length : 0));
  }

  let frame = 0;
  const soon = () => (frame ||= requestAnimationFrame(() => ((frame = 0), show())));
  scroller.addEventListener("scroll", soon, { passive: true });
  new ResizeObserver(soon).observe(scroller);
  root.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a")) fold.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !fold.open) return;
    fold.open = false;
    find("summary", HTMLElement, fold).focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !root.contains(event.target)) fold.open = false;
  });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !root.contains(event.relatedTarget)) {
      fold.open = false;
    }
  });
  show();
  return (slug, passed) => {
    const entry = root.querySelector(`[data-contents-exercise="${CSS.escape(slug)}"]`);
    entry?.toggleAttribute("data-passed", passed);
  };
}
