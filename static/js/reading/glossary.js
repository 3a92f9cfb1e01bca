/** Explain the course's terms where they stand in the text: on hover, on focus, and on a tap. */

import { make } from "../lib/dom.js";

/** @import { GlossaryTerm } from "../lib/api_types.js" */

/** Where a word is no term: it is code, leads elsewhere, names a part, or is asked for. */
const LEFT_OUT =
  "a, button, code, pre, kbd, samp, svg, summary, figcaption, h2, h3, h4, legend, dt, .quiz, .term";
/** A pointer on its way to elsewhere opens nothing; one on its way to the note has time. */
const OPEN_MS = 180;
const CLOSE_MS = 220;
const GAP_PX = 8;

/**
 * @param {GlossaryTerm[]} terms
 * @returns {{ pattern: RegExp, byWord: Map<string, GlossaryTerm> }} finds words as they are written
 */
export function termPattern(terms) {
  const byWord = new Map();
  for (const term of terms) for (const word of term.words) byWord.set(word.toLowerCase(), term);
  const longestFirst = [...byWord.keys()].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_-])`, "giu");
  return { pattern, byWord };
}

/**
 * List the texts of a lesson in which terms may be marked, by section.
 *
 * @param {HTMLElement} root
 * @returns {Text[][]} texts in reading order; a section begins at a heading and at an exercise
 */
function textsBySection(root) {
  /** @type {Text[][]} */
  const sections = [[]];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (!(node instanceof Element)) return NodeFilter.FILTER_ACCEPT;
    if (node.matches("h2, .exercise")) sections.push([]);
    return node.matches(LEFT_OUT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  });
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text && node.parentElement?.closest(".prose")) sections.at(-1)?.push(node);
  }
  return sections;
}

/**
 * Mark the first occurrence of each term in a section.
 *
 * @param {Text[]} texts
 * @param {ReturnType<typeof termPattern>} terms
 * @returns {Map<HTMLElement, GlossaryTerm>} the marks
 */
function markSection(texts, { pattern, byWord }) {
  const marks = new Map();
  const known = new Set();
  for (const text of texts) {
    /** @type {(string | HTMLElement)[]} */
    const parts = [];
    let end = 0;
    for (const match of text.data.matchAll(pattern)) {
      const term = byWord.get(match[0].toLowerCase());
      if (!term || known.has(term)) continue;
      known.add(term);
      const mark = makeMark(match[0]);
      marks.set(mark, term);
      parts.push(text.data.slice(end, match.index), mark);
      end = match.index + match[0].length;
    }
    if (parts.length) text.replaceWith(...parts, text.data.slice(end));
  }
  return marks;
}

/**
 * @param {string} word
 * @returns {HTMLElement} looks like the text, and breaks where the text does, which no <button> does
 */
function makeMark(word) {
  const mark = make("span", "term", word);
  mark.tabIndex = 0;
  mark.setAttribute("role", "button");
  mark.setAttribute("aria-expanded", "false");
  return mark;
}

/** The one note that shows what a term means, beside the mark that it is open for. */
class TermNote {
  /** @type {HTMLElement | null} */
  #mark = null;
  #timer = 0;
  #root = make("div", "term-note");

  constructor() {
    this.#root.id = "term-note";
    this.#root.popover = "manual"; // above everything, and out of its scrolling
    this.#root.setAttribute("role", "tooltip");
    document.body.append(this.#root);
    this.#root.addEventListener("pointerenter", () => window.clearTimeout(this.#timer));
    this.#root.addEventListener("pointerleave", () => this.closeSoon());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      const inside = target instanceof Node && (this.#root.contains(target) || this.#mark?.contains(target));
      if (!inside) this.close();
    });
    window.addEventListener("resize", () => this.close());
  }

  /** @param {HTMLElement} mark */
  isOpenFor(mark) {
    return this.#mark === mark;
  }

  /**
   * @param {HTMLElement} mark
   * @param {GlossaryTerm} term
   */
  open(mark, term) {
    window.clearTimeout(this.#timer);
    if (this.#mark === mark) return;
    this.close();
    this.#mark = mark;
    const meaning = make("div", "term-note__meaning");
    meaning.innerHTML = term.html; // cleaned by the server, as the lesson's text is
    this.#root.replaceChildren(make("strong", "term-note__term", term.term), meaning);
    this.#root.showPopover();
    mark.setAttribute("aria-expanded", "true");
    mark.setAttribute("aria-describedby", this.#root.id);
    this.#place(mark);
  }

  /**
   * @param {HTMLElement} mark
   * @param {GlossaryTerm} term
   */
  openSoon(mark, term) {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.open(mark, term), OPEN_MS);
  }

  closeSoon() {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.close(), CLOSE_MS);
  }

  close() {
    window.clearTimeout(this.#timer);
    if (!this.#mark) return;
    this.#mark.setAttribute("aria-expanded", "false");
    this.#mark.removeAttribute("aria-describedby");
    this.#mark = null;
    this.#root.hidePopover();
  }

  /**
   * Stay beside the word while the text scrolls, until the word is out of sight.
   *
   * @param {HTMLElement} scroller
   */
  follow(scroller) {
    if (!this.#mark) return;
    const word = this.#mark.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    if (word.bottom < view.top || word.top > view.bottom) this.close();
    else this.#place(this.#mark);
  }

  /**
   * Stand below the word, or above it where there is more room, within the text's width.
   *
   * @param {HTMLElement} mark
   */
  #place(mark) {
    const word = mark.getClientRects()[0] ?? mark.getBoundingClientRect();
    const note = this.#root.getBoundingClientRect();
    const right = mark.closest(".prose")?.getBoundingClientRect().right ?? window.innerWidth;
    const { clientHeight } = document.documentElement;
    const below = clientHeight - word.bottom >= note.height + 2 * GAP_PX;
    const top = below ? word.bottom + GAP_PX : word.top - GAP_PX - note.height;
    const left = Math.min(word.left - GAP_PX, right - note.width);
    this.#root.style.top = `${Math.max(GAP_PX, top)}px`;
    this.#root.style.left = `${Math.max(GAP_PX, left)}px`;
  }
}

/**
 * Mark the terms of a lesson, each once in a section, and explain them.
 *
 * @param {HTMLElement} scroller the element that the text scrolls in
 * @param {GlossaryTerm[]} terms
 */
export function explainTerms(scroller, terms) {
  if (!terms.length) return;
  const known = termPattern(terms);
  const note = new TermNote();
  for (const texts of textsBySection(scroller)) {
    for (const [mark, term] of markSection(texts, known)) wireMark(mark, term, note);
  }
  scroller.addEventListener("scroll", () => note.follow(scroller), { passive: true });
}

/**
 * @param {HTMLElement} mark
 * @param {GlossaryTerm} term
 * @param {TermNote} note
 */
function wireMark(mark, term, note) {
  const isMouse = (/** @type {PointerEvent} */ event) => event.pointerType === "mouse";
  let opened = false;
  mark.addEventListener("pointerenter", (event) => isMouse(event) && note.openSoon(mark, term));
  mark.addEventListener("pointerleave", (event) => isMouse(event) && note.closeSoon());
  // A press gives the focus first, which opens the note: the click that follows must not close it.
  mark.addEventListener("pointerdown", () => (opened = note.isOpenFor(mark)));
  mark.addEventListener("focus", () => note.open(mark, term));
  mark.addEventListener("blur", () => note.close());
  const toggle = () => (opened ? note.close() : note.open(mark, term));
  mark.addEventListener("click", toggle);
  mark.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    opened = note.isOpenFor(mark);
    toggle();
  });
}
