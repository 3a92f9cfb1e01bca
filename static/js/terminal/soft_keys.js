/** Keys that a touch keyboard lacks, above it: Esc, Tab, a Ctrl that holds for one key, arrows. */

/** @type {Record<string, string>} */
const SEQUENCES = {
  escape: "\x1b",
  tab: "\t",
  up: "\x1b[A",
  down: "\x1b[B",
  right: "\x1b[C",
  left: "\x1b[D",
  pipe: "|",
  slash: "/",
};

/** @param {string} character @returns {string} what Ctrl makes of it: Ctrl-A is 1, … */
export function controlOf(character) {
  const code = character.toUpperCase().charCodeAt(0);
  return code >= 64 && code <= 95 ? String.fromCharCode(code - 64) : character;
}

/** The sequence of a key; programs such as vim ask for another kind of arrow keys.
 * @param {string} name @param {boolean} application @returns {string} */
export function sequenceOf(name, application) {
  const sequence = SEQUENCES[name] ?? "";
  return application ? sequence.replace(/^\x1b\[([ABCD])$/, "\x1bO$1") : sequence;
}

/** @param {HTMLElement} root @param {() => import("./view.js").TerminalView | null} current */
export function wireSoftKeys(root, current) {
  const control = root.querySelector('[data-key="control"]');
  const held = () => control?.getAttribute("aria-pressed") === "true";
  const hold = (/** @type {boolean} */ on) => control?.setAttribute("aria-pressed", String(on));

  // Keep the focus, and with it the touch keyboard, in the terminal.
  root.addEventListener("pointerdown", (event) => event.preventDefault());
  root.addEventListener("click", (event) => {
    const key = event.target instanceof Element ? event.target.closest("[data-key]")?.getAttribute("data-key") : null;
    const view = current();
    if (!key || !view) return;
    if (key === "control") return hold(!held());
    view.press(sequenceOf(key, view.terminal.modes.applicationCursorKeysMode));
    view.focus();
  });
  return {
    /** Apply a held Ctrl to what was typed. @param {string} data @returns {string} */
    modify(data) {
      if (!held() || data.length !== 1) return data;
      hold(false);
      return controlOf(data);
    },
  };
}
