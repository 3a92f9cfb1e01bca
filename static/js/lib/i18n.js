/** Texts in the reader's language. The page brings Django's catalogue along ahead of its modules (learn/urls.py, "words");
 * without one, as in tests, the texts are as they are written here.
 *
 * `manage.py makemessages -d djangojs` finds them: pass literals, with names in %(…)s for what is put in. */

/** @typedef {{gettext(text: string): string, ngettext(one: string, many: string, number: number): string}} Catalogue */

/** @type {Catalogue | undefined} */
const catalogue = /** @type {{django?: Catalogue}} */ (globalThis).django;

/** @param {string} text @returns {string} */
export function gettext(text) {
  return catalogue ? catalogue.gettext(text) : text;
}

/** @param {string} one @param {string} many @param {number} number of which it is said
 * @returns {string} with the number in the place of %(count)s */
export function ngettext(one, many, number) {
  const text = catalogue ? catalogue.ngettext(one, many, number) : number === 1 ? one : many;
  return fill(text, { count: number });
}

/** @param {string} text @param {Record<string, string | number>} values by name: `%(name)s` becomes its value
 * @returns {string} */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
}
