/** Wait longer after each failure, with jitter, so that a restarted server isn't flooded. */

const SHORTEST_MS = 250;
const LONGEST_MS = 15_000;

/**
 * Say how long to wait before a retry: between a half and the whole of 250 ms · 2^attempt.
 *
 * @param {number} attempt 0 for the first retry
 * @param {() => number} [random] uniform in [0, 1)
 * @returns {number} milliseconds, at most 15 s
 */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
