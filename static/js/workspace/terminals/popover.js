/** Put a popover below the button that opens it. */

const GAP_PX = 4;

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} opener
 */
export function placeBelow(panel, opener) {
  const { right, bottom } = opener.getBoundingClientRect();
  panel.style.setProperty("--below", `${bottom + GAP_PX}px`);
  panel.style.setProperty("--end", `${window.innerWidth - right}px`);
}
