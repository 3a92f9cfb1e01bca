/** Offer keys that a touch keyboard lacks: Esc, Tab, a Ctrl that holds for one key, arrows. */

/** @import { TerminalView } from "../view.js" */

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

/**
 * @param {string} character
 * @returns {string} what Ctrl makes of it: Ctrl-A is 1, …
 */
export function controlOf(character) {
  const code = character.toUpperCase().charCodeAt(0);
  return code >= 64 && code <= 95 ? String.fromCharCode(code - 64) : character;
}

/**
 * @param {string} name of a key
 * @param {boolean} application whether the program, such as vim, asks for its own arrow keys
 * @returns {string}
 */
export function sequenceOf(name, application) {
  const sequence = SEQUENCES[name] ?? "";
  return application ? sequence.replace(/^\x1b\[([ABCD])$/, "\x1bO$1") : sequence;
}

/**
 * @param {HTMLElement} root
 * @param {() => TerminalView | null} current
 */
export function wireSoftKeys(root, current) {
  const control = root.querySelector('[data-key="control"]');
  const isHeld = () => control?.getAttribute("aria-pressed") === "true";
  const hold = (/** @type {boolean} */ on) => control?.setAttribute("aria-pressed", String(on));

  // Leave the focus, and with it the touch keyboard, in the terminal.
  root.addEventListener("pointerdown", (event) => event.preventDefault());
  root.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-key]") : null;
    const key = button?.getAttribute("data-key");
    const view = current();
    if (!key || !view) return;
    if (key === "control") return hold(!isHeld());
    view.press(sequenceOf(key, view.terminal.modes.applicationCursorKeysMode));
    view.focus();
  });
  return {
    /**
     * Apply a held Ctrl to typed text.
     *
     * @param {string} data
     * @returns {string}
     */
    modify(data) {
      if (!isHeld() || data.length !== 1) return data;
      hold(false);
      return controlOf(data);
    },
  };
}
