/** What a machine's engine has done, in plain words. Pure: what is said depends on the event and the language alone. */

import { fill, gettext, ngettext } from "../lib/i18n.js";

/** @typedef {import("../lib/api_types.js").MachineEvent} MachineEvent */

/** @type {Record<string, (event: MachineEvent) => string>} by kind; the others are not worth a line */
const WORDS = {
  "image-built": () => gettext("Image %(name)s was built"),
  "image-tagged": () => gettext("An image got the name %(name)s"),
  "layer-pulled": () => gettext("Layer %(name)s of %(image)s was pulled"),
  "image-pulled": () => gettext("Image %(name)s was pulled"),
  "image-pushed": () => gettext("Image %(name)s was pushed"),
  "image-loaded": () => gettext("Image %(name)s was loaded"),
  "image-removed": () => gettext("Image %(name)s was removed"),
  "container-started": () => gettext("Container %(name)s started from %(image)s"),
  "container-died": (event) =>
    event.exit_code ? gettext("Container %(name)s ended with exit code %(code)s") : gettext("Container %(name)s ended"),
  "container-oom": () => gettext("Container %(name)s used up its memory"),
  "container-removed": () => gettext("Container %(name)s was removed"),
  "network-created": () => gettext("Network %(name)s was made"),
  "network-removed": () => gettext("Network %(name)s was removed"),
  "volume-created": () => gettext("Volume %(name)s was made"),
  "volume-removed": () => gettext("Volume %(name)s was removed"),
  "machine-started": () => gettext("The machine started"),
  "machine-died": () => gettext("The machine stopped"),
  "machine-oom": () => gettext("The machine used up its memory: a program in it was ended"),
  more: (event) =>
    ngettext("%(count)s more thing happened, too fast to list", "%(count)s more things happened, too fast to list", event.count),
};

/** Docker names what has no name by 64 digits; twelve are what its own commands show. @param {string} name */
function short(name) {
  return name.replace(/^sha256:/, "").replace(/^[0-9a-f]{64}$/, (digits) => digits.slice(0, 12));
}

/** @param {MachineEvent} event @returns {string} "" for what is not worth a line */
export function activityOf(event) {
  const text = WORDS[event.kind]?.(event) ?? "";
  return fill(text, { name: short(event.subject), image: short(event.image), code: event.exit_code ?? "" });
}
