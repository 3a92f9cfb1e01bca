/** Make of what the topics say what the drawing shows, bounded and in an order that lasts. */

import { fill, gettext, ngettext } from "../../lib/i18n.js";

/** @import { Container, Facts } from "./layout.js" */

const ALIVE = ["running", "paused", "restarting"];

/**
 * @param {{containers?: any, images?: any, networks?: any, volumes?: any}} topics what was last said
 *   of each
 * @returns {Facts}
 */
export function factsOf({ containers, images, networks, volumes }) {
  const rows = (containers?.containers ?? []).map(containerOf);
  rows.sort((/** @type {Container} */ a, /** @type {Container} */ b) => isAlive(b) - isAlive(a));
  const used = new Set(rows.flatMap((/** @type {Container} */ row) => row.networks));
  const names = (networks?.networks ?? []).map((/** @type {any} */ network) => network.name);
  const lines = names.filter((/** @type {string} */ name) => used.has(name) || !isBuiltIn(name));
  if (!lines.length && names.includes("bridge")) lines.push("bridge");
  const titles = (images?.images ?? []).map((/** @type {any} */ image) => titleOf(image));
  const drums = (volumes?.volumes ?? []).map((/** @type {any} */ volume) => volume.name);
  return {
    containers: rows,
    containersTotal: Math.max(containers?.total ?? 0, rows.length),
    images: titles,
    imagesTotal: Math.max(images?.total ?? 0, titles.length),
    networks: lines,
    networksTotal: Math.max((networks?.total ?? 0) - (names.length - lines.length), lines.length),
    volumes: drums,
    volumesTotal: Math.max(volumes?.total ?? 0, drums.length),
  };
}

/** @param {Container} container */
function isAlive({ state }) {
  return Number(ALIVE.includes(state));
}

/** @param {string} name */
function isBuiltIn(name) {
  return ["bridge", "host", "none"].includes(name);
}

/**
 * @param {any} row of the topic "containers"
 * @returns {Container}
 */
function containerOf(row) {
  const port = (row.ports ?? []).find((/** @type {any} */ candidate) => candidate.public);
  return {
    id: row.id,
    name: row.name || row.id.slice(0, 12),
    image: row.image,
    state: row.state,
    networks: (row.networks ?? []).map((/** @type {any} */ network) => network.name),
    volumes: (row.mounts ?? [])
      .filter((/** @type {any} */ mount) => mount.type === "volume")
      .map((/** @type {any} */ mount) => mount.name),
    port: port ? `${port.public}→${port.private}` : "",
  };
}

/** @param {{id: string, names: string[]}} image */
function titleOf({ id, names }) {
  return names[0] || id.replace(/^sha256:/, "").slice(0, 12);
}

/**
 * @param {string} state in the engine's words
 * @returns {string}
 */
export function stateName(state) {
  const names = {
    created: gettext("made, not started"),
    running: gettext("running"),
    paused: gettext("paused"),
    restarting: gettext("starting again"),
    removing: gettext("being removed"),
    exited: gettext("ended"),
    dead: gettext("dead"),
  };
  return names[/** @type {keyof typeof names} */ (state)] ?? state;
}

/**
 * @param {Facts} facts
 * @returns {string[]} sentences that say what the drawing shows
 */
export function describeFacts(facts) {
  const lines = [
    gettext("You type into a terminal. The client docker passes your order on over a socket to dockerd, the engine; dockerd has containerd look after containers, and containerd has runc start them."),
    listed(ngettext("%(count)s image is on the shelf", "%(count)s images are on the shelf", facts.imagesTotal), facts.images),
    ngettext("There is %(count)s container.", "There are %(count)s containers.", facts.containersTotal),
  ];
  for (const container of facts.containers.slice(0, 50)) lines.push(sentenceOf(container));
  lines.push(
    listed(ngettext("%(count)s network", "%(count)s networks", facts.networksTotal), facts.networks),
    listed(ngettext("%(count)s volume", "%(count)s volumes", facts.volumesTotal), facts.volumes),
  );
  return lines;
}

/** @param {Container} container */
function sentenceOf({ name, image, state, networks, volumes, port }) {
  const parts = [
    fill(gettext("%(name)s, from %(image)s: %(state)s"), { name, image, state: stateName(state) }),
  ];
  if (networks.length) parts.push(fill(gettext("on %(networks)s"), { networks: networks.join(", ") }));
  if (volumes.length) parts.push(fill(gettext("with the volumes %(volumes)s"), { volumes: volumes.join(", ") }));
  if (port) parts.push(fill(gettext("port %(port)s"), { port }));
  return `${parts.join("; ")}.`;
}

/**
 * @param {string} words
 * @param {string[]} names
 */
function listed(words, names) {
  return names.length ? `${words}: ${names.slice(0, 20).join(", ")}.` : `${words}.`;
}
