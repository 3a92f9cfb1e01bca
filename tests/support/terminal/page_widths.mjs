/** Print how many cells the page gives to each text of a JSON list on standard input. */

import { readFileSync } from "node:fs";
import { MachineWidths } from "../../../static/js/terminal/widths.js";

const widths = new MachineWidths();

/** As xterm.js adds them up (Terminal.unicode, getStringCellWidth). */
function cellsOf(text) {
  let cells = 0;
  let preceding = 0;
  for (const character of text) {
    const properties = widths.charProperties(character.codePointAt(0), preceding);
    const width = (properties >> 1) & 3;
    cells += properties & 1 ? width - ((preceding >> 1) & 3) : width;
    preceding = properties;
  }
  return cells;
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(cellsOf)));
