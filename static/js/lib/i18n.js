/**
 * Show texts in the reader's language.
 *
 * The page loads Django's catalogue ahead of its modules (learn/urls.py, "words"); without one, as
 * in tests, the texts are as they are written in the code. `manage.py makemessages -d djangojs`
 * finds them: pass literals, with names in %(…)s for the values.
 */

/**
 * @typedef {object} Catalogue
 * @property {(text: string) => string} gettext
 * @property {(singular: string, plural: string, number: number) => string} ngettext
 */

/** @type {Catalogue | undefined} */
const catalogue = /** @type {{django?: Catalogue}} */ (globalThis).django;

/**
 * @param {string} text
 * @returns {string}
 */
export function gettext(text) {
  return catalogue ? catalogue.gettext(text) : text;
}

/**
 * Choose the form that a number takes, and put the number in the place of %(count)s.
 *
 * @param {string} singular
 * @param {string} plural
 * @param {number} number
 * @returns {string}
 */
export function ngettext(singular, plural, number) {
  const english = number === 1 ? singular : plural;
  const text = catalogue ? catalogue.ngettext(singular, plural, number) : english;
  return fill(text, { count: number });
}

/**
 * Replace each `%(name)s` in a text by the value of that name.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (placeholder, name) => String(values[name] ?? placeholder));
}
