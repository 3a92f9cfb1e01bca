/** Waiting longer after each failure, with jitter, so that a restarted server isn't met by everybody at once. */

const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/** How long to wait before attempt `attempt` (0 is the first retry): between a half and the whole of 250 ms · 2^attempt.
 * @param {number} attempt
 * @param {() => number} [random] uniform in [0, 1)
 * @returns {number} milliseconds, at most 15 s */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
