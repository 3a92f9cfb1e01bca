/** Remember each lesson's terminals in this browser, for all of its windows. */

import { recall, remember } from "../../lib/storage.js";
import { TerminalLayout } from "./layout.js";

/** @import { LessonData } from "../../lib/api_types.js" */

/** @param {LessonData} data */
export function storedLayout({ lesson, machines }) {
  const key = `terminals:${lesson}`;
  const layout = new TerminalLayout(machines.map(({ name }) => name), recall(key));
  let adopting = false; // what another window wrote, which is not to be written again
  layout.onChange(() => {
    if (!adopting) remember(key, layout.serialise());
  });
  window.addEventListener("storage", (event) => {
    if (event.key !== `drydock.${key}`) return;
    adopting = true;
    layout.adopt(event.newValue);
    adopting = false;
  });
  return layout;
}
