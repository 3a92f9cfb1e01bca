/** *Appearance*: theme, size of text and terminal. What is chosen holds at once, on every page, and is remembered. */

import { recall, remember } from "./dom.js";

/** A size in steps: what it is called in storage, what it is without a choice, how far it goes. */
const SIZES = {
  text: { key: "text-size", start: 100, min: 80, max: 160, step: 10, unit: " %" },
  terminal: { key: "terminal-size", start: 14, min: 10, max: 24, step: 1, unit: " px" },
};

/** Told to whoever draws by itself, as terminals do. */
const CHANGED = "drydock-look";

/** @typedef {keyof typeof SIZES} SizeName */

/** @param {() => void} changed called when the look has changed, or the system turns dark or light */
export function watchLook(changed) {
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  window.addEventListener(CHANGED, changed);
}

/** @param {SizeName} name @returns {number} per cent for text, pixels for terminals */
export function sizeOf(name) {
  const { key, start, min, max } = SIZES[name];
  const kept = Number(recall(key));
  return kept >= min && kept <= max ? kept : start;
}

/** @param {SizeName} name @param {number} steps up or down; 0 is back to the start */
export function changeSize(name, steps) {
  const { key, start, min, max, step } = SIZES[name];
  const wanted = steps ? sizeOf(name) + steps * step : start;
  remember(key, String(Math.min(max, Math.max(min, wanted))));
  applySizes();
  window.dispatchEvent(new CustomEvent(CHANGED));
}

/** @param {string} theme "light", "dark", or anything else for the system's */
function setTheme(theme) {
  const root = document.documentElement;
  remember("theme", theme);
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  window.dispatchEvent(new CustomEvent(CHANGED));
}

/** Bring page and panel in line with the sizes. */
function applySizes() {
  document.documentElement.style.setProperty("--text-zoom", String(sizeOf("text") / 100));
  for (const name of /** @type {SizeName[]} */ (Object.keys(SIZES))) {
    const { min, max, unit } = SIZES[name];
    const size = sizeOf(name);
    for (const output of document.querySelectorAll(`[data-size="${name}"]`)) output.textContent = `${size}${unit}`;
    for (const button of document.querySelectorAll(`[data-resize="${name}"]`)) {
      const end = button.getAttribute("data-steps") === "1" ? max : min;
      button.setAttribute("aria-disabled", String(size === end));
    }
  }
}

/** The panel under *Appearance*, where the page has one. */
export function wireLook() {
  const panel = document.querySelector("#appearance");
  if (!(panel instanceof HTMLElement)) return;
  const theme = document.documentElement.dataset.theme ?? "system";
  for (const radio of panel.querySelectorAll(/** @type {"input"} */ ('input[name="theme"]'))) radio.checked = radio.value === theme;
  panel.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "theme") setTheme(event.target.value);
  });
  panel.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-resize]") : null;
    if (!(button instanceof HTMLElement)) return;
    changeSize(/** @type {SizeName} */ (button.dataset.resize), Number(button.dataset.steps));
  });
  applySizes();
}
