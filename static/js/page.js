/** Run what every page has: *Appearance*, and a notice while the network is gone. */

import { wireAutoCheckSwitch } from "./exercises/auto_check_switch.js";
import { wireAppearance } from "./lib/appearance.js";

/** Show the notice while the network is gone. */
function wireOffline() {
  const banner = document.querySelector("#offline");
  if (!(banner instanceof HTMLElement)) return;
  const show = () => (banner.hidden = navigator.onLine);
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
}

wireAppearance();
wireAutoCheckSwitch();
wireOffline();
