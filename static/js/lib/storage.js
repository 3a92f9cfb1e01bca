/** Remember the reader's choices between visits, where the browser allows it. */

/**
 * @param {string} key
 * @returns {string | null}
 */
export function recall(key) {
  try {
    return window.localStorage.getItem(`drydock.${key}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
export function remember(key, value) {
  try {
    window.localStorage.setItem(`drydock.${key}`, value);
  } catch {
    // Storage is blocked or full: the choice holds for this page only.
  }
}
