/** Word a terminal's banner. Depends on its arguments and the language alone. */

import { fill, gettext, ngettext } from "../lib/i18n.js";

/** @import { ConnectionState, StateDetail } from "./connection.js" */

/**
 * @param {ConnectionState} state
 * @param {StateDetail} detail
 * @returns {string} empty for no banner
 */
export function bannerText(state, detail) {
  switch (state) {
    case "reconnecting": {
      const seconds = Math.round((detail.retryInMs ?? 0) / 1000);
      const when =
        seconds > 1
          ? fill(gettext("Trying again in %(seconds)s s."), { seconds })
          : gettext("Reconnecting.");
      const why = detail.message || gettext("The connection was lost. Your shell keeps running.");
      return `${why} ${when}`;
    }
    case "offline":
      return gettext(
        "You are offline. Your shell keeps running, and the page reconnects when the network is back.",
      );
    case "too-many":
      return (
        detail.message || gettext("Too many terminals are open. Close one in another tab first.")
      );
    case "not-yours":
      return gettext("This terminal is no longer there.");
    case "refused":
      return gettext("This page and the server don't understand each other. Reload the page.");
    default:
      return "";
  }
}

/**
 * @param {number} code a shell's, which is also that of its last command: 130 after Ctrl-C
 * @returns {string}
 */
export function exitText(code) {
  const ended = code
    ? fill(gettext("The shell has ended with exit code %(code)s."), { code })
    : gettext("The shell has ended.");
  return `${ended} ${gettext("Press a key to start a new one.")}`;
}

/**
 * @param {number} bytes
 * @returns {string}
 */
export function inputLost(bytes) {
  return ngettext(
    "The connection broke: %(count)s byte of what you pasted was not sent.",
    "The connection broke: %(count)s bytes of what you pasted were not sent.",
    bytes,
  );
}
