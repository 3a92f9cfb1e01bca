/**
 * Load the terminals' typeface.
 *
 * xterm.js measures a letter once, when a terminal is opened: by then the face has to be there. So
 * this module is ready when it is, or after a moment without it.
 */

const WAIT_MS = 2_000;

/** @returns {string} the faces to draw with, best first */
export function readFont() {
  return getComputedStyle(document.documentElement).getPropertyValue("--font-code").trim();
}

let loaded = false;

/** Settles when the first face is there, or can't be had; all weights are in one file. */
const loading = document.fonts.load(`1em ${readFont().split(",")[0]}`).then(
  () => (loaded = true),
  () => {}, // the next face of the list is drawn instead
);
await Promise.race([loading, new Promise((resolve) => window.setTimeout(resolve, WAIT_MS))]);

/**
 * Call when a face that was late is there. Never, if it was in time.
 *
 * @param {() => void} measure
 */
export function onLateFont(measure) {
  if (!loaded) void loading.then(() => loaded && measure());
}
