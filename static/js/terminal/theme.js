/** xterm.js's look, read from the CSS tokens, so that there is one place where colours are chosen. */

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** @param {string} name */
function camel(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @returns {import("@xterm/xterm").ITheme} */
export function readTheme() {
  // A custom property is read as it is written, light-dark() and all; a colour that uses it is read as what it is.
  const probe = document.body.appendChild(document.createElement("i"));
  const token = (/** @type {string} */ name) => {
    probe.style.color = `var(--term-${name})`;
    return getComputedStyle(probe).color;
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
  probe.remove();
  return theme;
}

/** @returns {string} */
export function readFont() {
  return getComputedStyle(document.documentElement).getPropertyValue("--font-code").trim();
}
