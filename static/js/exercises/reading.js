/** Turn the titles that "Read" names into links to the places in the text. */

import { make } from "../lib/dom.js";

/**
 * @typedef {Map<string, string>} Titles a section's title, in small letters, and its id
 * @typedef {{text: string, id: string}} Part `id` is "" for text that leads nowhere
 */

const HEADINGS = ".prose :is(h2, h3, h4)[id], .exercise__title[id]";
const QUOTED = /“([^“”]+)”|"([^"]+)"|„([^“”„]+)[“”]|«([^«»]+)»|‘([^‘]+)’/gu;

/**
 * @param {string} title
 * @returns {string} as it is looked up
 */
function plain(title) {
  return title.replaceAll("`", "").replace(/\s+/g, " ").trim().toLowerCase();
}

/**
 * Cut a text into parts, of which those that are a section's title have its id.
 *
 * @param {string} text
 * @param {Titles} titles
 * @returns {Part[]}
 */
export function readingParts(text, titles) {
  const whole = titles.get(plain(text.replace(/[.\s]+$/, "")));
  if (whole) return [{ text, id: whole }];
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(QUOTED)) {
    const title = match.slice(1).find(Boolean) ?? "";
    const id = titles.get(plain(title));
    if (!id) continue;
    const from = match.index + 1;
    parts.push({ text: text.slice(end, from), id: "" }, { text: title, id });
    end = from + title.length;
  }
  if (!parts.length) {
    const begin = [...titles.keys()].find((title) => beginsWith(text, title)) ?? "";
    if (begin) parts.push({ text: text.slice(0, begin.length), id: titles.get(begin) ?? "" });
    end = begin.length;
  }
  return [...parts, { text: text.slice(end), id: "" }].filter((part) => part.text);
}

/**
 * Whether a text begins with a title, and not with a longer word.
 *
 * @param {string} text
 * @param {string} title
 */
function beginsWith(text, title) {
  return text.toLowerCase().startsWith(title) && /^[,:;.–—(]|^ [(–—]/.test(text.slice(title.length));
}

/** @returns {Titles} of the lesson's sections and exercises */
function titlesOnPage() {
  const headings = [...document.querySelectorAll(HEADINGS)];
  return new Map(headings.map(({ id, textContent }) => [plain(textContent ?? ""), id]));
}

/**
 * Set what stands in `backticks`, by an author or a check, as code.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function withCode(text) {
  const parts = text.split("`");
  const nodes = parts.map((part, index) => (index % 2 ? make("code", "", part) : part));
  return make("span", "", ...nodes);
}

/**
 * @param {string} text what a student should read again
 * @returns {HTMLElement} with links
 */
export function reading(text) {
  const nodes = readingParts(text, titlesOnPage()).map((part) => {
    const shown = withCode(part.text);
    if (!part.id) return shown;
    const link = make("a", "", shown);
    link.setAttribute("href", `#${part.id}`);
    return link;
  });
  return make("span", "", ...nodes);
}
