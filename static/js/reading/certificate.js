/** Print a certificate, and copy the address by which it is verified. */

import { toast } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
document.querySelector("[data-copy-address]")?.addEventListener("click", () => {
  const { origin, pathname } = window.location;
  navigator.clipboard.writeText(origin + pathname).then(
    () => toast(gettext("The address is copied.")),
    () => toast(gettext("The browser does not let the page copy. Copy the address from its bar.")),
  );
});
