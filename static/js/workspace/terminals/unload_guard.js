/** Ask before the page goes while a program runs in the foreground: Ctrl-W is the browser's key. */

/** @import { Terminals } from "./terminals.js" */

/** @param {Terminals} terminals */
export function guardUnload(terminals) {
  window.addEventListener("beforeunload", (event) => {
    if (terminals.haveProgram) event.preventDefault();
  });
}
