/** Word what a machine's engine has done. Depends on the event and the language alone. */

import { fill, gettext, ngettext } from "../../lib/i18n.js";

/** @import { MachineEvent } from "../../lib/api_types.js" */

/**
 * Texts by the event's kind; others are not worth a line.
 *
 * @type {Record<string, (event: MachineEvent) => string>}
 */
const MESSAGES = {
  "image-built": () => gettext("Image %(name)s was built"),
  "image-tagged": () => gettext("An image got the name %(name)s"),
  "layer-pulled": () => gettext("Layer %(name)s of %(image)s was pulled"),
  "image-pulled": () => gettext("Image %(name)s was pulled"),
  "image-pushed": () => gettext("Image %(name)s was pushed"),
  "image-loaded": () => gettext("Image %(name)s was loaded"),
  "image-removed": () => gettext("Image %(name)s was removed"),
  "container-started": () => gettext("Container %(name)s started from %(image)s"),
  "container-died": (event) =>
    event.exit_code
      ? gettext("Container %(name)s ended with exit code %(code)s")
      : gettext("Container %(name)s ended"),
  "container-oom": () => gettext("Container %(name)s used up its memory"),
  "container-removed": () => gettext("Container %(name)s was removed"),
  "network-created": () => gettext("Network %(name)s was created"),
  "network-removed": () => gettext("Network %(name)s was removed"),
  "volume-created": () => gettext("Volume %(name)s was created"),
  "volume-removed": () => gettext("Volume %(name)s was removed"),
  "machine-started": () => gettext("The machine started"),
  "machine-died": () => gettext("The machine stopped"),
  "machine-oom": () => gettext("The machine used up its memory: a program in it was ended"),
  more: (event) =>
    ngettext(
      "%(count)s more thing happened, too fast to list",
      "%(count)s more things happened, too fast to list",
      event.count,
    ),
};

/**
 * Shorten an id of 64 digits, as Docker gives to what has no name, to the twelve that its own
 * commands show.
 *
 * @param {string} name
 */
function short(name) {
  return name.replace(/^sha256:/, "").replace(/^[0-9a-f]{64}$/, (digits) => digits.slice(0, 12));
}

/**
 * @param {MachineEvent} event
 * @returns {string} "" for what is not worth a line
 */
export function activityMessage(event) {
  const text = MESSAGES[event.kind]?.(event) ?? "";
  const { subject, image, exit_code: code } = event;
  return fill(text, { name: short(subject), image: short(image), code: code ?? "" });
}
