/** Apply and remember *Appearance*: theme, and the sizes of text and terminal, on every page. */

import { recall, remember } from "./storage.js";

/** Sizes that change in steps: key in storage, value without a choice, bounds. */
const SIZES = {
  text: { key: "text-size", start: 100, min: 80, max: 160, step: 10, unit: " %" },
  terminal: { key: "terminal-size", start: 14, min: 10, max: 24, step: 1, unit: " px" },
};

/** An event of the window, for parts that draw themselves, as terminals do. */
const CHANGED = "drydock-appearance";

/** @typedef {keyof typeof SIZES} SizeName */

/**
 * Watch the appearance.
 *
 * @param {() => void} changed called after a choice, and when the system turns dark or light
 */
export function watchAppearance(changed) {
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  window.addEventListener(CHANGED, changed);
}

/**
 * @param {SizeName} name
 * @returns {number} per cent for text, pixels for terminals
 */
export function sizeOf(name) {
  const { key, start, min, max } = SIZES[name];
  const stored = Number(recall(key));
  return stored >= min && stored <= max ? stored : start;
}

/**
 * @param {SizeName} name
 * @param {number} steps up or down; 0 goes back to the start
 */
export function changeSize(name, steps) {
  const { key, start, min, max, step } = SIZES[name];
  const size = steps ? sizeOf(name) + steps * step : start;
  remember(key, String(Math.min(max, Math.max(min, size))));
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
    for (const output of document.querySelectorAll(`[data-size="${name}"]`)) {
      output.textContent = `${size}${unit}`;
    }
    for (const button of document.querySelectorAll(`[data-resize="${name}"]`)) {
      const end = button.getAttribute("data-steps") === "1" ? max : min;
      button.setAttribute("aria-disabled", String(size === end));
    }
  }
}

/** Wire the panel under *Appearance*, where the page has one, and steppers of sizes anywhere. */
export function wireAppearance() {
  const panel = document.querySelector("#appearance");
  if (!(panel instanceof HTMLElement)) return;
  const theme = document.documentElement.dataset.theme ?? "system";
  const themes = panel.querySelectorAll(/** @type {"input"} */ ('input[name="theme"]'));
  for (const radio of themes) radio.checked = radio.value === theme;
  panel.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "theme") setTheme(target.value);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-resize]") : null;
    if (!(button instanceof HTMLElement)) return;
    changeSize(/** @type {SizeName} */ (button.dataset.resize), Number(button.dataset.steps));
  });
  applySizes();
}
