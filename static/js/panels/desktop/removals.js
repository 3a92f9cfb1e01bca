/** Say what is lost with something, before it is removed. */

import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { shortId } from "./formats.js";

/** @import { Container, Desk, Image, Network, Removal, Volume } from "./types.js" */

const NAMES_MAX = 4;

/**
 * @param {string[]} names
 * @returns {string} "web, db and 3 more"
 */
export function listNames(names) {
  const shown = names.slice(0, NAMES_MAX).join(", ");
  const rest = names.length - NAMES_MAX;
  return rest > 0 ? fill(gettext("%(names)s and %(rest)s more"), { names: shown, rest }) : shown;
}

/** @param {Container} container */
const nameOf = (container) => container.name || shortId(container.id);

/** Docker gives a nameless volume an id for a name. @param {string} name */
const isNameless = (name) => /^[0-9a-f]{64}$/.test(name);

/**
 * @param {Desk} desk
 * @param {Container} container
 * @returns {Removal}
 */
export function removalOf(desk, container) {
  const name = nameOf(container);
  const volumes = container.mounts.filter((mount) => mount.type === "volume");
  const named = volumes.filter((volume) => !isNameless(volume.name)).map((volume) => volume.name);
  const nameless = volumes.length - named.length;
  const texts = [];
  if (["running", "paused", "restarting"].includes(container.state)) {
    texts.push(gettext("It runs, and is killed first."));
  }
  texts.push(gettext("What it wrote into its own files is lost. Its image stays."));
  if (named.length) {
    texts.push(fill(gettext("Its volumes stay: %(names)s."), { names: listNames(named) }));
  }
  const option = ngettext(
    "Remove its volume without a name, too",
    "Remove its %(count)s volumes without a name, too",
    nameless,
  );
  return {
    title: fill(gettext("Remove the container %(name)s?"), { name }),
    texts,
    option: nameless ? option : undefined,
    failure: fill(gettext("%(name)s was not removed:"), { name }),
    act: (volumes) => desk.context.act("remove-container", { id: container.id, volumes }),
  };
}

/**
 * @param {Desk} desk
 * @param {Image} image
 * @param {string} reference one of its names; "" for an image that has none
 * @returns {Removal}
 */
export function removalOfImage(desk, image, reference) {
  const name = reference || shortId(image.id);
  const users = desk.containers().filter((container) => container.image_id === image.id);
  const texts = [];
  if (users.length) {
    const names = listNames(users.map(nameOf));
    const text = gettext("Containers are made of it: %(names)s. Docker keeps it as long as they are there.");
    texts.push(fill(text, { names }));
  }
  if (image.names.length > 1) {
    const others = listNames(image.names.filter((other) => other !== reference));
    texts.push(fill(gettext("Only this name goes. The image stays as %(others)s."), { others }));
  } else {
    texts.push(gettext("Its layers go, but for those that other images share."));
  }
  return {
    title: fill(gettext("Remove the image %(name)s?"), { name }),
    texts,
    failure: fill(gettext("%(name)s was not removed:"), { name }),
    act: () => desk.context.act("remove-image", { reference: reference || image.id }),
    success: ({ deleted }) => {
      if (!deleted) return fill(gettext("The name %(name)s is gone."), { name });
      const text = ngettext(
        "%(name)s is gone, with %(count)s layer or configuration.",
        "%(name)s is gone, with %(count)s layers and configurations.",
        deleted,
      );
      return fill(text, { name });
    },
  };
}

/**
 * @param {Desk} desk
 * @param {Volume} volume
 * @returns {Removal}
 */
export function removalOfVolume(desk, volume) {
  const name = volume.anonymous ? shortId(volume.name) : volume.name;
  const users = usersOfVolume(desk.containers(), volume);
  const texts = [gettext("The files in it are lost.")];
  if (users.length) {
    const names = listNames(users.map(nameOf));
    const text = gettext("Containers use it: %(names)s. Docker keeps it as long as they are there.");
    texts.unshift(fill(text, { names }));
  }
  return {
    title: fill(gettext("Remove the volume %(name)s?"), { name }),
    texts,
    failure: fill(gettext("%(name)s was not removed:"), { name }),
    act: () => desk.context.act("remove-volume", { name: volume.name }),
  };
}

/**
 * @param {Desk} desk
 * @param {Network} network
 * @returns {Removal}
 */
export function removalOfNetwork(desk, network) {
  const { name } = network;
  const users = usersOfNetwork(desk.containers(), network);
  const texts = users.length
    ? [
        fill(gettext("Containers are in it: %(names)s. Docker keeps it as long as they are."), {
          names: listNames(users.map(nameOf)),
        }),
      ]
    : [gettext("No container is in it: nothing is lost.")];
  return {
    title: fill(gettext("Remove the network %(name)s?"), { name }),
    texts,
    failure: fill(gettext("%(name)s was not removed:"), { name }),
    act: () => desk.context.act("remove-network", { id: network.id }),
  };
}

/**
 * @param {Container[]} containers
 * @param {Volume} volume
 */
export function usersOfVolume(containers, volume) {
  return containers.filter(({ mounts }) =>
    mounts.some((mount) => mount.type === "volume" && mount.name === volume.name),
  );
}

/**
 * @param {Container[]} containers
 * @param {Network} network
 */
export function usersOfNetwork(containers, network) {
  return containers.filter(({ networks }) => networks.some(({ name }) => name === network.name));
}
