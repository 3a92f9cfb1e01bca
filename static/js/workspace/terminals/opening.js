/** Open a terminal that a panel asks for, such as a shell in a container, and enter its command. */

import { toast } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { cleanTitle } from "./layout.js";

/**
 * @import { TerminalRequest } from "../../panels/dock.js"
 * @import { TerminalLayout } from "./layout.js"
 * @import { Terminals } from "./terminals.js"
 */

/**
 * @param {TerminalLayout} layout
 * @param {Terminals} terminals
 * @param {() => void} show shows the terminals where the screen has room for one thing
 * @returns {(request: TerminalRequest) => Promise<void>}
 */
export function terminalOpener(layout, terminals, show) {
  return async ({ machine, title, command }) => {
    if (!terminals.runs(machine)) return void toast(gettext("There is no machine now."));
    show();
    const same = layout.of(machine).find((terminal) => {
      return command && terminal.command === command && terminal.title === cleanTitle(title);
    });
    if (same) {
      layout.choose(same.id);
      terminals.focusWhenLive();
      // Asked for again while it runs, it is shown as it is.
      if (terminals.views.get(same.id)?.hasProgram) return;
    }
    const terminal = same ?? layout.add(machine, { title, command });
    if (!terminal) {
      const text = gettext("%(machine)s has six terminals already. Close one of them first.");
      return void toast(fill(text, { machine }));
    }
    terminals.focusWhenLive();
    if (!command) return;
    const result = await terminals.runIn(terminal.id, command);
    if (result === "sent") return;
    toast(gettext("The terminal does not take commands now. Close it and try again."));
  };
}
