/** Run what every page has: *Appearance*, the search, and a notice while the network is gone. */

import { wireAutoCheckSwitch } from "./exercises/auto_check_switch.js";
import { wireAppearance } from "./lib/appearance.js";
import { followProgress } from "./reading/progress.js";
import { wireSearch } from "./reading/search.js";

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
wireSearch();
followProgress();
wireOffline();
