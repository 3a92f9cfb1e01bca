/** Keep the reader's place in a text: over a reload, a visit to another page, a turned screen. */

import { toast } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { recall, remember } from "../lib/storage.js";

const SAVE_MS = 300;
/** After so long away a reader is told where they are. */
const AWAY_MS = 30 * 60_000;

/**
 * A block of the text and how much of it has gone past the top, so that the place holds where lines
 * break differently. A block is found by the last heading with an id above it.
 *
 * @typedef {{ heading: string, blocks: number, share: number, at?: number }} Place
 *   `at`: when it was left, in milliseconds
 */

/**
 * @param {HTMLElement} scroller
 * @returns {HTMLElement[]} the blocks of text, in reading order
 */
function blocksOf(scroller) {
  const blocks = scroller.querySelectorAll(".lesson__head, .prose > *, .exercise__foot");
  return /** @type {HTMLElement[]} */ ([...blocks]);
}

/** @param {Element} block */
const headingId = (block) => (block.matches("h2[id], h3[id]") ? block.id : "");

/**
 * @param {HTMLElement} scroller
 * @returns {Place}
 */
export function placeOf(scroller) {
  const top = scroller.getBoundingClientRect().top;
  const place = { heading: "", blocks: 0, share: 0 };
  for (const block of blocksOf(scroller)) {
    const box = block.getBoundingClientRect();
    if (box.height === 0) continue;
    if (box.top > top) break;
    if (headingId(block)) {
      place.heading = headingId(block);
      place.blocks = 0;
    } else place.blocks += 1;
    place.share = Math.min(1, (top - box.top) / box.height);
  }
  return place;
}

/**
 * Scroll to a place. One whose heading is gone since is left alone.
 *
 * @param {HTMLElement} scroller
 * @param {Place} place
 */
export function scrollToPlace(scroller, place) {
  const blocks = blocksOf(scroller).filter((block) => block.getBoundingClientRect().height > 0);
  const first = place.heading ? blocks.findIndex((block) => headingId(block) === place.heading) : -1;
  if (place.heading && first < 0) return;
  if (!place.heading && place.blocks === 0) return;
  const block = blocks[Math.min(first + place.blocks, blocks.length - 1)];
  if (!block) return;
  const box = block.getBoundingClientRect();
  const past = box.top - scroller.getBoundingClientRect().top + box.height * place.share;
  scroller.scrollTop += past;
}

/**
 * @param {string | null} text
 * @returns {Place | null}
 */
function readPlace(text) {
  try {
    const { heading, blocks, share, at } = JSON.parse(text ?? "");
    const known = typeof heading === "string" && blocks >= 0 && share >= 0 && share <= 1;
    return known ? { heading, blocks, share, at: Number(at) || 0 } : null;
  } catch {
    return null;
  }
}

/**
 * Whether the reader followed a link to a part of the text, and did not just come back to the page.
 *
 * @returns {boolean}
 */
function followsFragment() {
  const [navigation] = performance.getEntriesByType("navigation");
  const followed = navigation instanceof PerformanceNavigationTiming && navigation.type === "navigate";
  return followed && window.location.hash !== "";
}

/**
 * Tell who comes back after a while which part they are in, and offer the other place to be.
 *
 * @param {HTMLElement} scroller
 * @param {Place | null} place of the last visit
 * @param {boolean} elsewhere whether a link has led to another part
 */
function sayWhere(scroller, place, elsewhere) {
  if (!place?.heading || !place.at || Date.now() - place.at < AWAY_MS) return;
  const heading = document.getElementById(place.heading);
  if (!heading || `#${place.heading}` === decodeURIComponent(window.location.hash)) return;
  const title = heading.textContent?.trim() ?? "";
  if (elsewhere) {
    const text = fill(gettext("You were at “%(title)s” the last time."), { title });
    toast(text, { label: gettext("Go there"), act: () => scrollToPlace(scroller, place) });
  } else {
    const text = fill(gettext("You are back at “%(title)s”, where you stopped."), { title });
    toast(text, { label: gettext("To the beginning"), act: () => scroller.scrollTo({ top: 0 }) });
  }
}

/**
 * Restore the place of the last visit, and remember it from now on.
 *
 * @param {HTMLElement} scroller
 * @param {string} key of the text
 */
export function keepPlace(scroller, key) {
  const name = `place:${key}`;
  const size = () => `${scroller.clientWidth}×${scroller.clientHeight}`;
  const before = readPlace(recall(name));
  let place = followsFragment() ? null : before;
  let shown = "";
  let timer = 0;
  // Until the reader scrolls, what loads late must not push the place away.
  let settling = place !== null;

  const save = () => {
    window.clearTimeout(timer);
    timer = 0;
    if (place) remember(name, JSON.stringify({ ...place, at: Date.now() }));
  };

  new ResizeObserver(() => {
    if (!scroller.clientHeight) return; // another pane is shown in its place
    if (place && shown !== size()) scrollToPlace(scroller, place);
    shown = size();
  }).observe(scroller);

  const sheet = scroller.querySelector(".lesson__sheet");
  const text = new ResizeObserver(() => {
    if (settling && place && scroller.clientHeight) scrollToPlace(scroller, place);
  });
  if (sheet) text.observe(sheet);

  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    scroller.addEventListener(kind, () => (settling = false), { passive: true });
  }
  scroller.addEventListener(
    "scroll",
    () => {
      // The browser itself scrolls when the size changes; the place is what it was before.
      if (settling || shown !== size()) return;
      place = placeOf(scroller);
      timer ||= window.setTimeout(save, SAVE_MS);
    },
    { passive: true },
  );
  window.addEventListener("pagehide", save);
  sayWhere(scroller, before, place === null);
}
