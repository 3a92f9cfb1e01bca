/** Know the keys in a terminal that are the page's own; all others go to the machine. */

/** What a browser keeps for itself with Ctrl, and so is sent with Ctrl-Alt: code and what it is. */
export const KEPT_BY_BROWSER = { KeyW: "\x17", KeyT: "\x14", KeyN: "\x0e" };

/** @typedef {"leave" | "paste" | "copy" | "search" | {send: string}} PageKey */

/**
 * @param {KeyboardEvent} event
 * @returns {PageKey | null} null when the key is the machine's
 */
export function pageKey(event) {
  if (event.key === "F6" && !event.ctrlKey && !event.altKey && !event.metaKey) return "leave";
  if (!event.ctrlKey || event.metaKey) return null;
  const { code } = event;
  if (event.altKey) {
    // AltGr, which types letters on many keyboards, reports Ctrl and Alt as well.
    if (event.shiftKey || event.getModifierState("AltGraph")) return null;
    const send = KEPT_BY_BROWSER[/** @type {keyof typeof KEPT_BY_BROWSER} */ (code)];
    return send ? { send } : null;
  }
  if (!event.shiftKey) return null;
  if (code === "KeyL") return "leave";
  if (code === "KeyV") return "paste";
  if (code === "KeyC") return "copy";
  return code === "KeyF" ? "search" : null;
}
