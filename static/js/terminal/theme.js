/** xterm.js's look, read from the CSS tokens, so that there is one place where colours are chosen. */

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** @param {string} name */
function camel(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @returns {import("@xterm/xterm").ITheme} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--term-${name}`).trim();
  const names = [...COLOURS, ...COLOURS.map((colour) => `bright-${colour}`)];
  return {
    background: token("bg"),
    foreground: token("fg"),
    cursor: token("cursor"),
    cursorAccent: token("bg"),
    selectionBackground: token("selection"),
    ...Object.fromEntries(names.map((name) => [camel(name), token(name)])),
  };
}

/** @returns {string} */
export function readFont() {
  return getComputedStyle(document.documentElement).getPropertyValue("--font-code").trim();
}

/** @param {() => void} changed called when the system turns dark or light */
export function watchScheme(changed) {
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
