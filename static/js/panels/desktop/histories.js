/** Remember what containers have used, for the curves: a value for each tick of a clock. */

/**
 * @typedef {object} Use as panels/topics/statistics.py describes it
 * @property {number | null} cpu percent of a processor; null after a first reading
 * @property {number} memory bytes
 * @property {number} limit bytes of memory that it may use; 0 without a limit of its own
 *
 * @typedef {{cpu: number[], memory: number[]}} History the newest value is the last
 */

export const TICK_MS = 2_000;
/** Two minutes. */
export const TICKS = 60;

export class Histories {
  /** @type {Map<string, Use>} */
  #latest = new Map();
  /** @type {Map<string, History>} */
  #histories = new Map();

  /**
   * Hear what is used now. It holds until something else is heard: what does not change is not told
   * again.
   *
   * @param {Record<string, Use>} containers by id
   */
  hear(containers) {
    this.#latest = new Map(Object.entries(containers));
    for (const id of this.#histories.keys()) {
      if (!this.#latest.has(id)) this.#histories.delete(id);
    }
  }

  /** Let time go on. */
  tick() {
    for (const [id, { cpu, memory }] of this.#latest) {
      const history = this.#histories.get(id) ?? { cpu: [], memory: [] };
      this.#histories.set(id, history);
      if (cpu !== null) history.cpu = [...history.cpu, cpu].slice(-TICKS);
      history.memory = [...history.memory, memory].slice(-TICKS);
    }
  }

  /** @param {string} id */
  latest(id) {
    return this.#latest.get(id);
  }

  /**
   * @param {string} id
   * @returns {History}
   */
  of(id) {
    return this.#histories.get(id) ?? { cpu: [], memory: [] };
  }

  /** @returns {{cpu: number, memory: number}} of all together */
  total() {
    const total = { cpu: 0, memory: 0 };
    for (const { cpu, memory } of this.#latest.values()) {
      total.cpu += cpu ?? 0;
      total.memory += memory;
    }
    return total;
  }
}
