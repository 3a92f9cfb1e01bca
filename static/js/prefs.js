/**
 * Apply what the reader chose before, ahead of the first paint, so that nothing flashes or jumps.
 *
 * A classic script in the head, which the page waits for; js/lib/appearance.js, js/lib/splitter.js
 * and js/workspace/focus_mode.js change and remember the choices.
 */
(() => {
  const root = document.documentElement;
  /** @param {string} key */
  const recall = (key) => {
    try {
      return window.localStorage.getItem(`drydock.${key}`);
    } catch {
      return null;
    }
  };
  /**
   * Recall a number, unless it is out of bounds.
   *
   * @param {string} key
   * @param {number} min
   * @param {number} max
   */
  const number = (key, min, max) => {
    const value = Number(recall(key));
    return value >= min && value <= max ? value : null;
  };

  const theme = recall("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const text = number("text-size", 50, 200);
  if (text) root.style.setProperty("--text-zoom", String(text / 100));
  const split = number("split", 25, 75);
  if (split) root.style.setProperty("--split-start", `${split}%`);
  const focus = recall(`focus:${window.location.pathname}`);
  if (focus === "lesson" || focus === "machine") root.dataset.focus = focus;
  if (recall(`tour:${root.dataset.reader ?? ""}`)) root.dataset.tour = "done";
  root.dataset.script = "";
})();
