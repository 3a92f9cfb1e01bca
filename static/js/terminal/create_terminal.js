/** Create an xterm.js terminal that looks and measures as the page and the machine do. */

import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import { sizeOf } from "../lib/appearance.js";
import { onLateFont, readFont } from "./font.js";
import { addNonceToStyles } from "./style_nonce.js";
import { readTheme } from "./theme.js";
import { MachineWidths } from "./widths.js";

/**
 * @param {MouseEvent} _event
 * @param {string} address
 */
function openLink(_event, address) {
  if (/^https?:/.test(address)) window.open(address, "_blank", "noopener,noreferrer");
}

/** @returns {Terminal} */
export function createTerminal() {
  addNonceToStyles();
  const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const terminal = new Terminal({
    allowProposedApi: true, // for widths of letters and search decorations
    cursorBlink: !reducedMotion,
    fontFamily: readFont(),
    fontSize: sizeOf("terminal"),
    lineHeight: 1, // the face has air between its lines, and frames are to be closed
    linkHandler: { activate: openLink },
    minimumContrastRatio: 4.5,
    scrollback: 5000,
    theme: readTheme(),
  });
  const widths = new MachineWidths();
  terminal.unicode.register(widths);
  terminal.unicode.activeVersion = widths.version;
  terminal.loadAddon(new WebLinksAddon(openLink));
  onLateFont(() => remeasure(terminal));
  return terminal;
}

/**
 * Measure the letters again, which xterm.js does when its faces change.
 *
 * @param {Terminal} terminal
 */
function remeasure(terminal) {
  const fontFamily = terminal.options.fontFamily;
  terminal.options.fontFamily = "monospace";
  terminal.options.fontFamily = fontFamily;
  terminal.clearTextureAtlas();
}

/**
 * Draw with WebGL where it works; without the addon xterm.js falls back to the DOM.
 *
 * @param {Terminal} terminal
 */
export function useWebgl(terminal) {
  try {
    const addon = new WebglAddon();
    addon.onContextLoss(() => addon.dispose());
    terminal.loadAddon(addon);
  } catch (error) {
    console.info("Terminal drawn without WebGL:", error);
  }
}
