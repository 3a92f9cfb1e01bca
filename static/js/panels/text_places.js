/** Find where the lesson's text is about a panel, and lead there and back. */

const PROSE = ".prose p, .prose li, .prose td, .prose dd, .prose h2, .prose h3, .prose h4";
/** Not text about something, but something to press or to type. */
const OTHER = "pre, button, .code, [hidden]";
const MARKED_MS = 2_400;
const LINK = "a.panel-link";

/** @param {Element} link */
function panelOf(link) {
  return (link.getAttribute("href") ?? "").replace(/^#panel-/, "");
}

/** @param {string} term */
function pattern(term) {
  const escaped = term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}-])${escaped}(e?s)?(?![\\p{L}\\p{N}])`, "iu");
}

/**
 * Find the blocks of a text that are about a panel: those that link to it, or else those that have
 * one of its terms for the first time.
 *
 * @param {ParentNode} text
 * @param {string} panel its name
 * @param {readonly string[]} terms
 * @returns {HTMLElement[]} in reading order
 */
export function placesOf(text, panel, terms) {
  const links = [...text.querySelectorAll(LINK)].filter((link) => panelOf(link) === panel);
  const linked = links.map((link) => link.closest(PROSE) ?? link);
  if (linked.length) return /** @type {HTMLElement[]} */ ([...new Set(linked)]);
  const missing = new Set(terms);
  const blocks = /** @type {HTMLElement[]} */ ([...text.querySelectorAll(PROSE)]);
  return blocks.filter((block) => {
    if (!missing.size || block.closest(OTHER)) return false;
    const content = block.textContent ?? "";
    const named = [...missing].filter((term) => pattern(term).test(content));
    for (const term of named) missing.delete(term);
    return named.length > 0;
  });
}

/**
 * Bring a place into view, and mark it for a moment.
 *
 * @param {HTMLElement} place
 */
export function showPlace(place) {
  let closed = place.closest("details:not([open])");
  for (; closed; closed = place.closest("details:not([open])")) closed.setAttribute("open", "");
  place.scrollIntoView({ block: "center" });
  place.classList.remove("in-text");
  void place.offsetWidth; // so that a mark which is still there begins anew
  place.classList.add("in-text");
  window.setTimeout(() => place.classList.remove("in-text"), MARKED_MS);
}

/**
 * Let the text's links open panels; a link to what this lesson has not is text.
 *
 * @param {HTMLElement} text
 * @param {readonly string[]} panels names
 * @param {(panel: string) => void} open
 */
export function wirePanelLinks(text, panels, open) {
  for (const link of text.querySelectorAll(LINK)) {
    if (!panels.includes(panelOf(link))) link.replaceWith(...link.childNodes);
  }
  text.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest(LINK) : null;
    if (!link) return;
    event.preventDefault();
    open(panelOf(link));
  });
}
