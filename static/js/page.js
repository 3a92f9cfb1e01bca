/** What every page does: the look, and word when the network is gone. */

import { wireLiveSwitch } from "./exercises/auto_check_switch.js";
import { wireLook } from "./lib/appearance.js";

/** Say that the network is gone while it is. */
function wireOffline() {
  const banner = document.querySelector("#offline");
  if (!(banner instanceof HTMLElement)) return;
  const show = () => (banner.hidden = navigator.onLine);
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}

wireLook();
wireLiveSwitch();
wireOffline();
