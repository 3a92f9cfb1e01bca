/** Say what is the matter where a list has nothing to show. */

import { icon, make } from "../../lib/dom.js";
import { gettext, ngettext } from "../../lib/i18n.js";

/** @import { Image } from "./types.js" */

const BONES = 3;

/** Rows without content, while the first answer is on its way. */
export function loadingState() {
  const rows = Array.from({ length: BONES }, () =>
    make("div", "desk__bone", make("i", ""), make("i", ""), make("i", "")),
  );
  const box = make("div", "desk__loading", ...rows);
  box.setAttribute("role", "status");
  box.setAttribute("aria-label", gettext("Asking your Docker engine…"));
  return box;
}

/**
 * @param {string} sprite
 * @param {string} title
 * @param {(Node | string)[]} children
 */
function state(sprite, title, ...children) {
  const texts = children.length ? [make("p", "desk__hint", ...children)] : [];
  return make("div", "desk__empty", icon(sprite), make("p", "desk__notice-title", title), ...texts);
}

/**
 * @param {string} error why nothing is known
 */
export function problemState(error) {
  const box = state("signal-off", error);
  box.setAttribute("role", "status");
  return box;
}

/**
 * Propose a command that can be typed in the machine as it is.
 *
 * @param {"containers" | "images" | "volumes" | "networks"} kind
 * @param {Image[]} images those that the engine has
 * @returns {string}
 */
export function proposal(kind, images) {
  const names = images.flatMap((image) => image.names).filter((name) => /^[\w./:-]+$/.test(name));
  const web = names.find((name) => name.includes("nginx")) ?? names[0] ?? "nginx";
  const image = web.replace(/:latest$/, "");
  return {
    containers: `docker run -d -p 8080:80 ${image}`,
    images: "docker build -t app .",
    volumes: "docker volume create data",
    networks: "docker network create lan",
  }[kind];
}

/**
 * Say what to type where there is nothing yet.
 *
 * @param {"containers" | "images" | "volumes" | "networks"} kind
 * @param {Image[]} images
 */
export function emptyState(kind, images) {
  const titles = {
    containers: gettext("No containers yet"),
    images: gettext("No images yet"),
    volumes: gettext("No volumes yet"),
    networks: gettext("No networks yet"),
  };
  const sprites = { containers: "grid", images: "layers", volumes: "folder", networks: "map" };
  const [before, after] = gettext("Type %(command)s in the terminal, and watch.").split("%(command)s");
  return state(
    sprites[kind],
    titles[kind],
    before,
    make("code", "", proposal(kind, images)),
    after ?? "",
  );
}

/**
 * Say what was refused, in the engine's own words, until it is dismissed.
 *
 * @param {string} before
 * @param {string} words
 * @param {() => void} dismissed
 */
export function refusal(before, words, dismissed) {
  const close = make("button", "tool desk__tool", icon("cross"));
  close.setAttribute("type", "button");
  close.setAttribute("aria-label", gettext("Dismiss"));
  const text = make("p", "", make("strong", "", before), " ", words);
  const box = make("div", "desk__refusal", icon("warning"), text, close);
  box.setAttribute("role", "alert");
  close.addEventListener("click", () => {
    box.remove();
    dismissed();
  });
  return box;
}

/**
 * @param {string} source "engine" or "processes"
 * @returns {string} what the figures are about
 */
export function sourceText(source) {
  return source === "processes"
    ? gettext("What the processes of all containers use. `docker stats` has no control groups to ask here.")
    : gettext("What all containers use, as `docker stats` says.");
}

/**
 * @param {number} count of containers that run and are not measured
 * @returns {string} "" for none
 */
export function leftOutText(count) {
  if (!count) return "";
  return ngettext(
    "%(count)s more container runs, which is not measured.",
    "%(count)s more containers run, which are not measured.",
    count,
  );
}
