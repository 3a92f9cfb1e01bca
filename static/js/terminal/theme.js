/** Read xterm.js's theme from the CSS tokens, the one place where colours are chosen. */

/** @import { ITheme } from "@xterm/xterm" */

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** @param {string} name */
function camel(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @returns {ITheme} */
export function readTheme() {
  // A custom property reads as written, light-dark() and all; a colour that uses it is resolved.
  const sample = document.body.appendChild(document.createElement("i"));
  const token = (/** @type {string} */ name) => {
    sample.style.color = `var(--term-${name})`;
    return getComputedStyle(sample).color;
  };
  const names = [...COLOURS, ...COLOURS.map((colour) => `bright-${colour}`)];
  const theme = {
    background: token("bg"),
    foreground: token("fg"),
    cursor: token("cursor"),
    cursorAccent: token("bg"),
    selectionBackground: token("selection"),
    ...Object.fromEntries(names.map((name) => [camel(name), token(name)])),
  };
  sample.remove();
  return theme;
}
