/** Say what a call of Docker's API means, and which way it goes through the drawing. */

import { fill, gettext } from "../../lib/i18n.js";

/**
 * @typedef {object} Call what the recorder saw of one (panels/topics/calls.py)
 * @property {number} id
 * @property {number} time in milliseconds since 1970
 * @property {number} connection
 * @property {number} pid of the client, 0 when not known
 * @property {string} program the client's name
 * @property {string} method
 * @property {string} path
 * @property {boolean} cut
 * @property {number} status 0 while there is no answer
 * @property {number} ms until the answer began
 * @property {number} sent
 * @property {number} received
 * @property {boolean} open
 *
 * @typedef {"ask" | "shelf" | "registry" | "runtime" | "network" | "volume"} Way
 *   where dockerd turns to: nowhere, or to its images, the registry, containerd and so on
 *
 * @typedef {object} Meaning
 * @property {string} title in a few words
 * @property {Way} way
 * @property {number} weight how much it says of what a command is for; 0: a formality
 * @property {string} hint the command that makes such calls, "" for none
 * @property {string} subject a container's name or id, "" for none
 */

/** @typedef {[string, RegExp, string, Way, number, string]} Rule */

// Method, path, title, way, weight, hint. The first that fits is taken; a group named `id` is the
// container's. Weights: 9 what changes most, 1 what only looks.
/** @type {Rule[]} */
const RULES = [
  ["*", /^\/_ping$/, gettext("Are you there? Which version do you speak?"), "ask", 0, ""],
  ["GET", /^\/version$/, gettext("Tell your version"), "ask", 2, "docker version"],
  ["GET", /^\/info$/, gettext("Tell about yourself"), "ask", 1, "docker info"],
  ["POST", /^\/auth$/, gettext("Sign in to a registry"), "registry", 8, "docker login"],
  ["GET", /^\/events$/, gettext("Tell what happens, from now on"), "ask", 3, "docker events"],
  ["GET", /^\/system\/df$/, gettext("Count what takes space"), "ask", 3, "docker system df"],
  ["POST", /^\/session$/, gettext("Hold a line open: the builder fetches files over it"), "ask", 4, "docker build"],
  ["POST", /^\/grpc$/, gettext("Talk with BuildKit, the builder in dockerd"), "shelf", 4, "docker build"],
  ["POST", /^\/build$/, gettext("Build an image"), "shelf", 9, "docker build"],
  ["POST", /^\/build\/prune$/, gettext("Throw away what builds have kept"), "shelf", 7, "docker builder prune"],
  ["POST", /^\/commit$/, gettext("Make an image from a container"), "shelf", 8, "docker commit"],
  ["GET", /^\/containers\/json$/, gettext("List the containers"), "ask", 2, "docker ps"],
  ["POST", /^\/containers\/create$/, gettext("Make a container from an image"), "shelf", 7, "docker create"],
  ["POST", /^\/containers\/prune$/, gettext("Remove all containers that have ended"), "runtime", 8, "docker container prune"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/start$/, gettext("Start the container"), "runtime", 8, "docker start"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/stop$/, gettext("Stop the container, politely at first"), "runtime", 8, "docker stop"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/kill$/, gettext("Send the container a signal"), "runtime", 7, "docker kill"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/restart$/, gettext("Restart the container"), "runtime", 8, "docker restart"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/(?:un)?pause$/, gettext("Freeze the container, or let it go on"), "runtime", 7, "docker pause"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/wait$/, gettext("Tell when the container has ended"), "ask", 1, ""],
  ["POST", /^\/containers\/(?<id>[^/]+)\/attach$/, gettext("Connect my terminal with the container"), "runtime", 3, "docker attach"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/resize$/, gettext("My terminal has this size"), "ask", 0, ""],
  ["POST", /^\/containers\/(?<id>[^/]+)\/exec$/, gettext("Prepare another process in the container"), "ask", 5, "docker exec"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/rename$/, gettext("Give the container another name"), "ask", 6, "docker rename"],
  ["POST", /^\/containers\/(?<id>[^/]+)\/update$/, gettext("Change the container's limits"), "runtime", 6, "docker update"],
  ["DELETE", /^\/containers\/(?<id>[^/]+)$/, gettext("Remove the container"), "runtime", 8, "docker rm"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/json$/, gettext("Tell all about the container"), "ask", 2, "docker inspect"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/logs$/, gettext("Show what the container has printed"), "ask", 4, "docker logs"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/stats$/, gettext("Measure what the container uses"), "ask", 3, "docker stats"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/top$/, gettext("List the container's processes"), "runtime", 3, "docker top"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/changes$/, gettext("List files that the container has changed"), "ask", 3, "docker diff"],
  ["*", /^\/containers\/(?<id>[^/]+)\/archive$/, gettext("Copy files into or out of the container"), "ask", 6, "docker cp"],
  ["GET", /^\/containers\/(?<id>[^/]+)\/export$/, gettext("Pack up the container's files"), "ask", 6, "docker export"],
  ["POST", /^\/exec\/[^/]+\/start$/, gettext("Start another process in the container"), "runtime", 8, "docker exec"],
  ["POST", /^\/exec\/[^/]+\/resize$/, gettext("My terminal has this size"), "ask", 0, ""],
  ["GET", /^\/exec\/[^/]+\/json$/, gettext("How did that process end?"), "ask", 1, ""],
  ["GET", /^\/images\/json$/, gettext("List the images"), "shelf", 2, "docker images"],
  ["GET", /^\/images\/search$/, gettext("Search images"), "registry", 4, "docker search"],
  ["GET", /^\/images(?:\/.+)?\/get$/, gettext("Pack up an image"), "shelf", 6, "docker save"],
  ["POST", /^\/images\/create$/, gettext("Fetch an image from a registry"), "registry", 8, "docker pull"],
  ["POST", /^\/images\/load$/, gettext("Put an image on the shelf from a file"), "shelf", 8, "docker load"],
  ["POST", /^\/images\/prune$/, gettext("Remove images that nothing uses"), "shelf", 8, "docker image prune"],
  ["POST", /^\/images\/.+\/push$/, gettext("Send an image to a registry"), "registry", 9, "docker push"],
  ["POST", /^\/images\/.+\/tag$/, gettext("Give an image one more name"), "shelf", 7, "docker tag"],
  ["GET", /^\/images\/.+\/history$/, gettext("Tell how an image was made"), "shelf", 4, "docker history"],
  ["GET", /^\/images\/.+\/json$/, gettext("Tell all about an image"), "shelf", 2, "docker inspect"],
  ["DELETE", /^\/images\/.+$/, gettext("Remove an image, or one of its names"), "shelf", 8, "docker rmi"],
  ["GET", /^\/distribution\/.+\/json$/, gettext("Ask a registry about an image"), "registry", 3, ""],
  ["GET", /^\/networks$/, gettext("List the networks"), "network", 2, "docker network ls"],
  ["POST", /^\/networks\/create$/, gettext("Make a network"), "network", 6, "docker network create"],
  ["POST", /^\/networks\/.+\/connect$/, gettext("Connect a container to a network"), "network", 6, "docker network connect"],
  ["POST", /^\/networks\/.+\/disconnect$/, gettext("Take a container off a network"), "network", 6, "docker network disconnect"],
  ["POST", /^\/networks\/prune$/, gettext("Remove networks that nothing uses"), "network", 7, "docker network prune"],
  ["GET", /^\/networks\/.+$/, gettext("Tell all about a network"), "network", 2, "docker network inspect"],
  ["DELETE", /^\/networks\/.+$/, gettext("Remove a network"), "network", 7, "docker network rm"],
  ["GET", /^\/volumes$/, gettext("List the volumes"), "volume", 2, "docker volume ls"],
  ["POST", /^\/volumes\/create$/, gettext("Make a volume"), "volume", 6, "docker volume create"],
  ["POST", /^\/volumes\/prune$/, gettext("Remove volumes that nothing uses"), "volume", 7, "docker volume prune"],
  ["GET", /^\/volumes\/.+$/, gettext("Tell all about a volume"), "volume", 2, "docker volume inspect"],
  ["DELETE", /^\/volumes\/.+$/, gettext("Remove a volume"), "volume", 7, "docker volume rm"],
];

/**
 * @param {string} path
 * @returns {string} without the API's version and the query
 */
export function bare(path) {
  return path.replace(/^\/v\d+\.\d+(?=\/)/, "").replace(/\?.*$/s, "");
}

/**
 * @param {string} path
 * @returns {string} as it is shown: ids as short as `docker ps` has them
 */
export function shortPath(path) {
  return bare(path).replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}

/**
 * @param {Pick<Call, "method" | "path">} call
 * @returns {Meaning}
 */
export function explain(call) {
  const path = bare(call.path);
  for (const [method, pattern, title, way, weight, hint] of RULES) {
    const match = method === "*" || method === call.method ? pattern.exec(path) : null;
    if (match) return { title, way, weight, hint, subject: match.groups?.id ?? nameIn(call.path) };
  }
  const title = gettext("Something that this drawing does not know");
  return { title, way: "ask", weight: 1, hint: "", subject: "" };
}

/**
 * @param {string} path
 * @returns {string} the name that a container is to have
 */
function nameIn(path) {
  if (!/\/containers\/create\?/.test(path)) return "";
  return new URLSearchParams(path.replace(/^[^?]*/, "")).get("name") ?? "";
}

/** The engine answers these before the work is done; what came of it stands in the answer. */
const BEGUN = /^\/(build|images\/create|images\/load|images\/.+\/push)$/;

/**
 * @param {Pick<Call, "path" | "status" | "open">} call
 * @returns {string} what the answer comes to
 */
export function explainStatus({ path, status, open }) {
  if (!status) return open ? gettext("no answer yet") : gettext("no answer");
  if (status === 101) return gettext("the line stays open, for input and output");
  if (status < 300 && BEGUN.test(bare(path))) return gettext("begun, and what comes of it follows");
  if (status < 300) return gettext("done");
  if (status === 304) return gettext("nothing to do: it is so already");
  if (status === 404) return gettext("there is no such thing");
  if (status === 409) return gettext("that is in the way of something");
  if (status < 500) return gettext("refused");
  return gettext("it went wrong");
}

/**
 * @param {number} ms
 * @returns {string} "0.4 ms", "12 ms", "3.1 s"
 */
export function milliseconds(ms) {
  if (ms >= 1000) return fill(gettext("%(seconds)s s"), { seconds: (ms / 1000).toFixed(1) });
  return fill(gettext("%(ms)s ms"), { ms: ms < 10 ? ms.toFixed(1) : Math.round(ms) });
}
