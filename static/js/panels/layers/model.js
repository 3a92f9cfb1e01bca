/** Work out what the panel *Layers* draws. Depends on its arguments and the language alone. */

import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";

/**
 * @typedef {object} ImageData what is known of every image (panels/layers/images.py)
 * @property {string} id
 * @property {string[]} names
 * @property {number} size
 * @property {number} created seconds since 1970
 * @property {[string, number][]} layers the name of each layer's chain, and its bytes; the lowest first
 * @property {number} reused how many of the lowest layers were there before the image
 * @property {string} reused_from id of the image that has them; "" where there is none any more
 * @property {boolean} reuse_observed whether somebody watched when the image came
 *
 * @typedef {object} StepData a step of an image's history, from the bottom to the top
 * @property {string} verb "RUN"; "" for what no instruction made
 * @property {string} text what follows it
 * @property {number | null} layer the number of the layer that it made
 * @property {number} size
 * @property {number} created
 *
 * @typedef {object} PushData what the registry's gate remembers of a push
 * @property {string} name
 * @property {string} image
 * @property {number} at
 * @property {{how: "sent" | "had" | "mounted", bytes: number, source: string}[]} layers
 *
 * @typedef {"reused" | "again" | "new" | "settings" | "own" | "shared"} RowState
 *   "again" was made once more and came out the same; "settings" made no layer; of two images, a
 *   layer is one's "own" or "shared"
 *
 * @typedef {object} Row what is drawn of a layer, or of steps in a row that made none
 * @property {string} key the same for as long as it means the same
 * @property {number | null} layer
 * @property {RowState} state
 * @property {{verb: string, text: string}[]} steps one for a layer
 * @property {number} size
 * @property {number} created
 * @property {string[]} others names of other images that have the layer
 * @property {PushData["layers"][0] | null} push
 */

const SHOWN_OTHERS = 4;
/** Heights of layers in pixels: the smallest still holds a line of text. */
export const HEIGHT_MIN = 32;
const HEIGHT_MAX = 84;

/**
 * @param {ImageData | undefined} image
 * @returns {string} its first name, else the beginning of its id
 */
export function nameOf(image) {
  if (!image) return "";
  const short = image.id.replace(/^sha256:/, "").slice(0, 8);
  return image.names[0] ?? fill(gettext("without a name (%(id)s)"), { id: short });
}

/**
 * Count the lowest layers that two images share: they are there once.
 *
 * @param {ImageData} one
 * @param {ImageData} other
 */
export function sharedLayers(one, other) {
  let shared = 0;
  while (
    shared < one.layers.length &&
    shared < other.layers.length &&
    one.layers[shared][0] === other.layers[shared][0]
  ) {
    shared += 1;
  }
  return shared;
}

/** @param {[string, number][]} layers */
export function bytesOf(layers) {
  return layers.reduce((sum, [, size]) => sum + size, 0);
}

/**
 * Choose a layer's height. It grows with the root of the size, so that a hundred times as much is
 * ten times as high as its share, and both can be seen.
 *
 * @param {number} size
 * @param {number} largest size of the largest layer that is drawn
 */
export function heightOf(size, largest) {
  if (!largest) return HEIGHT_MIN;
  return Math.round(HEIGHT_MIN + (HEIGHT_MAX - HEIGHT_MIN) * Math.sqrt(size / largest));
}

/**
 * Make the rows of an image, from the top to the bottom.
 *
 * @param {ImageData} image
 * @param {StepData[]} steps none while they are not known
 * @param {ImageData[]} images all of them
 * @param {PushData | undefined} push
 * @returns {Row[]}
 */
export function makeRows(image, steps, images, push) {
  const known = steps.filter(({ layer }) => layer !== null).length === image.layers.length;
  const bare = image.layers.map(([, size], layer) => ({ verb: "", text: "", layer, size, created: 0 }));
  /** @type {Row[]} */
  const rows = [];
  for (const step of known ? steps : bare) {
    const last = rows.at(-1);
    if (step.layer !== null) rows.push(layerRow(image, step, step.layer, images, push));
    else if (last?.state === "settings") last.steps.push(step);
    else rows.push(settingsRow(image, step, last));
  }
  return rows.reverse();
}

/**
 * @param {ImageData} image
 * @param {StepData} step
 * @param {number} layer
 * @param {ImageData[]} images
 * @param {PushData | undefined} push
 * @returns {Row}
 */
function layerRow(image, step, layer, images, push) {
  const [chain, size] = image.layers[layer];
  const others = images.filter(
    (other) => other.id !== image.id && other.layers[layer]?.[0] === chain,
  );
  const again = others.length ? "again" : "new";
  return {
    key: chain,
    layer,
    state: layer < image.reused ? "reused" : again,
    steps: [{ verb: step.verb, text: step.text }],
    size,
    created: step.created,
    others: namesOf(others),
    push: push?.layers.length === image.layers.length ? push.layers[layer] : null,
  };
}

/**
 * @param {ImageData} image
 * @param {StepData} step
 * @param {Row | undefined} below
 * @returns {Row}
 */
function settingsRow(image, step, below) {
  return {
    key: `settings ${below?.key ?? image.id}`,
    layer: null,
    state: "settings",
    steps: [{ verb: step.verb, text: step.text }],
    size: 0,
    created: step.created,
    others: [],
    push: null,
  };
}

/** @param {ImageData[]} images */
function namesOf(images) {
  const names = images.slice(0, SHOWN_OTHERS).map(nameOf);
  const more = images.length - names.length;
  if (more > 0) names.push(ngettext("%(count)s more", "%(count)s more", more));
  return names;
}

/**
 * Say in a line what an image is made of, and what of it was there before.
 *
 * @param {ImageData} image
 * @param {ImageData[]} images
 */
export function summarize(image, images) {
  const count = image.layers.length;
  const before = image.layers.slice(0, image.reused);
  const came = count - image.reused;
  if (!count) return gettext("It has no layers: there are no files in it.");
  if (!image.reused) {
    return ngettext(
      "It came with the image: nothing of it was here before.",
      "All of them came with the image: nothing of it was here before.",
      count,
    );
  }
  const source = images.find(({ id }) => id === image.reused_from);
  const from = source
    ? fill(gettext("taken over from %(image)s"), { image: nameOf(source) })
    : gettext("taken over");
  const taken = fill(
    ngettext(
      "%(count)s was here before, %(from)s (%(size)s).",
      "%(count)s were here before, %(from)s (%(size)s).",
      image.reused,
    ),
    { from, size: byteSize(bytesOf(before)) },
  );
  if (!came) return `${taken} ${gettext("Nothing new had to be stored.")}`;
  const size = byteSize(bytesOf(image.layers.slice(image.reused)));
  const rest = fill(
    ngettext("%(count)s is new (%(size)s).", "%(count)s are new (%(size)s).", came),
    { size },
  );
  return `${taken} ${rest}`;
}

/**
 * Say what two images take together.
 *
 * @param {ImageData} one
 * @param {ImageData} other
 */
export function summarizePair(one, other) {
  const shared = sharedLayers(one, other);
  const apart = bytesOf(one.layers) + bytesOf(other.layers);
  const common = bytesOf(one.layers.slice(0, shared));
  if (!shared) {
    return fill(gettext("They have no layer in common: together they take %(size)s."), {
      size: byteSize(apart),
    });
  }
  if (shared === one.layers.length && shared === other.layers.length) {
    return fill(gettext("They have the same layers, which are there once: %(size)s."), {
      size: byteSize(common),
    });
  }
  return fill(
    ngettext(
      "Together %(together)s on the disk, not %(apart)s: they share the lowest layer (%(common)s).",
      "Together %(together)s on the disk, not %(apart)s: they share the %(count)s lowest layers (%(common)s).",
      shared,
    ),
    {
      together: byteSize(apart - common),
      apart: byteSize(apart),
      common: byteSize(common),
    },
  );
}

/**
 * Say what a push sent, and what the registry had.
 *
 * @param {PushData} push
 */
export function summarizePush(push) {
  /** @param {string} how */
  const by = (how) => push.layers.filter((layer) => layer.how === how);
  const sent = by("sent");
  const bytes = byteSize(sent.reduce((sum, layer) => sum + layer.bytes, 0));
  const parts = [
    sent.length
      ? fill(
          ngettext(
            "%(count)s layer sent (%(bytes)s, packed)",
            "%(count)s layers sent (%(bytes)s, packed)",
            sent.length,
          ),
          { bytes },
        )
      : gettext("no layer sent"),
  ];
  const had = by("had").length;
  if (had) {
    parts.push(ngettext("%(count)s was there already", "%(count)s were there already", had));
  }
  const mounted = by("mounted").length;
  if (mounted) {
    parts.push(
      ngettext(
        "%(count)s taken over from another repository there",
        "%(count)s taken over from other repositories there",
        mounted,
      ),
    );
  }
  return fill(gettext("Pushed as %(name)s: %(parts)s."), { name: push.name, parts: parts.join(", ") });
}

/**
 * Name a row's state in a word or two.
 *
 * @param {Row} row
 */
export function stateLabel(row) {
  return {
    reused: gettext("was here"),
    again: gettext("made again"),
    new: gettext("new"),
    settings: gettext("no files"),
    own: "",
    shared: "",
  }[row.state];
}

/**
 * Name how a pushed layer came into the registry.
 *
 * @param {NonNullable<Row["push"]>} push
 */
export function pushLabel(push) {
  return {
    sent: gettext("sent"),
    had: gettext("registry had it"),
    mounted: gettext("taken over there"),
  }[push.how];
}
