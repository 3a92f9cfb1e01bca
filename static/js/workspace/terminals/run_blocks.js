/** Enter the text's blocks in terminals; where that can't be, say why and what to do. */

import { toast } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";

/**
 * @import { BlockOptions, Terminals } from "./terminals.js"
 * @import { TerminalPane } from "../sandbox/terminal_pane.js"
 */

/**
 * @param {Terminals} terminals
 * @param {TerminalPane} pane
 * @param {(machine: string) => void} show shows a machine's terminal
 * @returns {(machine: string, block: string, options?: BlockOptions) => Promise<boolean>}
 *   whether the block was entered
 */
export function blockRunner(terminals, pane, show) {
  /**
   * @param {string} machine
   * @param {string} block
   */
  const runAnyway = (machine, block) => {
    show(machine);
    void terminals.run(machine, block, { anyway: true });
  };

  return async (machine, block, options) => {
    show(machine);
    const result = await terminals.run(machine, block, options);
    if (result === "not-live") pane.explainNotLive();
    else if (result === "full-screen") {
      toast(
        gettext(
          "Nothing was sent: a program has the terminal's whole screen. Leave it first: q in less " +
            "and man, Ctrl-X in nano, :q! in vim.",
        ),
      );
    } else if (result === "busy") {
      const text = gettext(
        "Nothing was sent: a program is still running in %(machine)s. Wait for it, or press Ctrl-C.",
      );
      toast(fill(text, { machine }), {
        label: gettext("Send it anyway"),
        act: () => runAnyway(machine, block),
      });
    }
    return result === "sent";
  };
}
