/** List images, volumes and networks: what each is, who uses it, and its removal. */

import { make } from "../../lib/dom.js";
import { byteSize } from "../../lib/format.js";
import { fill, gettext, ngettext } from "../../lib/i18n.js";
import { cell, columnNames, iconButton, nameButton, setText, toggleShown } from "./controls.js";
import { ago, shortId, splitReference } from "./formats.js";
import { KeyedList } from "./keyed_list.js";
import {
  listNames,
  removalOfImage,
  removalOfNetwork,
  removalOfVolume,
  usersOfNetwork,
  usersOfVolume,
} from "./removals.js";

/**
 * @import { Container, Desk, Image, Network, Volume } from "./types.js"
 * @import { Row } from "./keyed_list.js"
 */

/**
 * @template T
 * @typedef {{element: HTMLElement, show: (items: T[]) => void}} ObjectList
 */

/** @typedef {{image: Image, reference: string, most: number}} NamedImage one name of an image */

/**
 * @template T
 * @param {string} kind
 * @param {string[]} columns
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Row<T>} makeRow
 * @returns {ObjectList<T>}
 */
function makeList(kind, columns, keyOf, makeRow) {
  const list = make("ul", "desk__list");
  const head = columnNames(columns);
  head.classList.add(`desk__head--${kind}`);
  const rows = new KeyedList(list, keyOf, makeRow);
  return { element: make("div", "desk__table", head, list), show: (items) => rows.show(items) };
}

/**
 * Show a name, and below it something fainter.
 *
 * @returns {{element: HTMLElement, show: (name: string, under: string, tag?: string) => void}}
 */
function makeWho() {
  const name = make("span", "desk__title");
  const tag = make("span", "desk__tag");
  const under = make("span", "desk__under");
  const element = make(
    "div",
    "desk__cell desk__who",
    make("div", "desk__text", make("span", "desk__named", name, tag), under),
  );
  return {
    element,
    show: (text, faint, tagText = "") => {
      setText(name, text);
      name.title = text;
      setText(tag, tagText);
      toggleShown(tag, Boolean(tagText));
      setText(under, faint);
    },
  };
}

/**
 * Show who uses something: names of containers, or that nobody does.
 *
 * @param {HTMLElement} box
 * @param {Container[]} users
 * @param {(container: Container) => string} describe
 */
function showUsers(box, users, describe) {
  const names = users.map(describe);
  setText(box, names.length ? listNames(names) : gettext("nobody"));
  box.title = names.length > 1 ? names.join("\n") : "";
  box.classList.toggle("is-empty", !names.length);
}

/** @param {Container} container */
const nameOf = (container) => container.name || shortId(container.id);

/**
 * @param {Image[]} images
 * @returns {NamedImage[]} a row for each name, as `docker images` has it
 */
export function rowsOfImages(images) {
  const most = Math.max(1, ...images.map((image) => image.bytes));
  return images.flatMap((image) => {
    const names = image.names.filter((name) => name !== "<none>:<none>");
    return (names.length ? names : [""]).map((reference) => ({ image, reference, most }));
  });
}

/**
 * @param {Desk} desk
 * @returns {ObjectList<NamedImage>}
 */
export function makeImageList(desk) {
  const columns = ["", gettext("Layers"), gettext("Size"), gettext("Used by"), ""];
  return makeList("image", columns, ({ image, reference }) => `${image.id} ${reference}`, (first) => {
    let item = first;
    const who = makeWho();
    const layers = make("span", "desk__stack");
    const count = make("span", "desk__figure");
    const bar = make("span", "desk__bar");
    const size = make("span", "desk__figure");
    const users = make("span", "desk__users");
    const remove = iconButton("trash", "", () => {
      desk.remove(removalOfImage(desk, item.image, item.reference));
    });
    const element = make(
      "li",
      "desk__row desk__row--image",
      who.element,
      cell(gettext("Layers"), "desk__layers", layers, count),
      cell(gettext("Size"), "desk__size", make("span", "desk__gauge", bar), size),
      cell(gettext("Used by"), "desk__by", users),
      make("div", "desk__tools", remove),
    );
    /** @param {NamedImage} next */
    const update = (next) => {
      item = next;
      const { image, reference, most } = next;
      const { name, tag } = splitReference(reference);
      const age = ago(Date.now() / 1000 - image.created);
      who.show(name || NO_NAME, `${shortId(image.id)} · ${age}`, tag);
      setText(count, image.layers === null ? "–" : String(image.layers));
      drawStack(layers, image.layers ?? 0);
      setText(size, byteSize(image.bytes));
      bar.style.setProperty("--part", String(image.bytes / most));
      showUsers(users, desk.containers().filter(({ image_id: id }) => id === image.id), nameOf);
      nameButton(remove, fill(gettext("Remove %(name)s"), { name: reference || shortId(image.id) }));
      toggleShown(remove, desk.context.acts);
    };
    return { element, update };
  });
}

const STACK_MAX = 8;
/** As Docker's own commands write it. */
const NO_NAME = "<none>";

/**
 * Draw layers as lines on each other, so many that they can still be told apart.
 *
 * @param {HTMLElement} box
 * @param {number} count
 */
function drawStack(box, count) {
  const lines = Math.min(count, STACK_MAX);
  if (box.children.length === lines) return;
  box.replaceChildren(...Array.from({ length: lines }, () => make("i", "")));
}

/**
 * @param {Desk} desk
 * @returns {ObjectList<Volume>}
 */
export function makeVolumeList(desk) {
  const columns = ["", gettext("Used by"), ""];
  return makeList("volume", columns, ({ name }) => name, (first) => {
    let volume = first;
    const who = makeWho();
    const users = make("span", "desk__users");
    const remove = iconButton("trash", "", () => desk.remove(removalOfVolume(desk, volume)));
    const element = make(
      "li",
      "desk__row desk__row--volume",
      who.element,
      cell(gettext("Used by"), "desk__by", users),
      make("div", "desk__tools", remove),
    );
    /** @param {Volume} next */
    const update = (next) => {
      volume = next;
      const name = volume.anonymous ? shortId(volume.name) : volume.name;
      const created = Date.parse(volume.created);
      const age = Number.isNaN(created) ? "" : ago((Date.now() - created) / 1000);
      const facts = [volume.anonymous && gettext("no name of its own"), volume.driver, age];
      who.show(name || gettext("(no name)"), facts.filter(Boolean).join(" · "));
      showUsers(users, usersOfVolume(desk.containers(), volume), (container) => {
        const mount = container.mounts.find((each) => each.name === volume.name);
        return mount?.destination ? `${nameOf(container)} ${mount.destination}` : nameOf(container);
      });
      nameButton(remove, fill(gettext("Remove %(name)s"), { name }));
      toggleShown(remove, desk.context.acts);
    };
    return { element, update };
  });
}

/**
 * @param {Desk} desk
 * @returns {ObjectList<Network>}
 */
export function makeNetworkList(desk) {
  const columns = ["", gettext("Addresses"), gettext("Containers"), ""];
  return makeList("network", columns, ({ id, name }) => id || name, (first) => {
    let network = first;
    const who = makeWho();
    const subnet = make("span", "desk__code");
    const users = make("span", "desk__users");
    const remove = iconButton("trash", "", () => desk.remove(removalOfNetwork(desk, network)));
    const element = make(
      "li",
      "desk__row desk__row--network",
      who.element,
      cell(gettext("Addresses"), "desk__where", subnet),
      cell(gettext("Containers"), "desk__by", users),
      make("div", "desk__tools", remove),
    );
    /** @param {Network} next */
    const update = (next) => {
      network = next;
      const facts = [
        network.driver,
        network.internal && gettext("no way out"),
        network.built_in && gettext("every engine has it"),
      ];
      element.classList.toggle("is-faint", network.built_in);
      who.show(network.name || shortId(network.id), facts.filter(Boolean).join(" · "));
      setText(subnet, network.subnet || "–");
      showUsers(users, usersOfNetwork(desk.containers(), network), (container) => {
        const at = container.networks.find(({ name }) => name === network.name)?.address;
        return at ? `${nameOf(container)} ${at}` : nameOf(container);
      });
      nameButton(remove, fill(gettext("Remove %(name)s"), { name: network.name }));
      toggleShown(remove, desk.context.acts && !network.built_in);
    };
    return { element, update };
  });
}

/**
 * Say how many there are of something that are not listed.
 *
 * @param {number} total
 * @param {number} listed
 * @returns {string} "" where all are
 */
export function moreText(total, listed) {
  const rest = total - listed;
  if (rest <= 0) return "";
  return ngettext(
    "There is %(count)s more, which is not listed here.",
    "There are %(count)s more, which are not listed here.",
    rest,
  );
}
