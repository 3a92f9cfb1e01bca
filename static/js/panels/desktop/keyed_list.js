/** Keep a list's rows: what stays is changed in place, so that focus and scroll stay with it. */

/**
 * @template T
 * @typedef {object} Row
 * @property {HTMLElement} element
 * @property {(item: T) => void} update
 */

/** @template T */
export class KeyedList {
  #list;
  #keyOf;
  #make;
  /** @type {Map<string, Row<T>>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} list
   * @param {(item: T) => string} keyOf
   * @param {(item: T) => Row<T>} makeRow
   */
  constructor(list, keyOf, makeRow) {
    this.#list = list;
    this.#keyOf = keyOf;
    this.#make = makeRow;
  }

  /**
   * Show these items in this order; of two with the same key the first.
   *
   * @param {T[]} items
   */
  show(items) {
    const byKey = new Map(items.toReversed().map((item) => [this.#keyOf(item), item]));
    const keys = [...new Set(items.map(this.#keyOf))];
    const orphan = this.#remove(byKey);
    const isFirst = !this.#rows.size;
    keys.forEach((key, at) => {
      const item = /** @type {T} */ (byKey.get(key));
      let row = this.#rows.get(key);
      if (!row) {
        row = this.#make(item);
        row.element.classList.toggle("is-new", !isFirst);
        this.#rows.set(key, row);
      }
      row.update(item);
      const current = this.#list.children[at];
      if (current !== row.element) this.#list.insertBefore(row.element, current ?? null);
    });
    if (orphan >= 0) this.#focusNear(orphan);
  }

  /** @returns {Iterable<Row<T>>} */
  get rows() {
    return this.#rows.values();
  }

  /**
   * Remove the rows of what is gone.
   *
   * @param {Map<string, T>} byKey
   * @returns {number} where the one was that had the focus, -1 for none
   */
  #remove(byKey) {
    let orphan = -1;
    for (const [key, { element }] of this.#rows) {
      if (byKey.has(key)) continue;
      if (element.contains(document.activeElement)) {
        orphan = [...this.#list.children].indexOf(element);
      }
      element.remove();
      this.#rows.delete(key);
    }
    return orphan;
  }

  /**
   * Give the focus of a row that is gone to the one that is there now.
   *
   * @param {number} at
   */
  #focusNear(at) {
    const row = this.#list.children[Math.min(at, this.#list.children.length - 1)];
    const near = row?.querySelector("button:not([aria-disabled=true])");
    if (near instanceof HTMLElement) near.focus({ preventScroll: true });
  }
}
