/** Draw the engine and what it has, keep the drawing up to date, and light up what happens. */

import { icon, makeSvg } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { stateName } from "./facts.js";
import { layOut, middle, pathThrough } from "./layout.js";

/** @import { Box, Facts, Layout, Point } from "./layout.js" */

const HOP_MS = 140;
const LIT_MS = 1_600;
const GONE_MS = 500;
/** A letter's width, as a share of the size of type. */
const LETTER = 0.58;

/** @type {Record<string, {icon: string, name: string, does: string}>} */
const NODES = {
  you: { icon: "person", name: gettext("you"), does: "" },
  client: { icon: "terminal", name: "docker", does: gettext("the client") },
  socket: { icon: "signal", name: "API", does: gettext("socket") },
  dockerd: { icon: "wheel", name: "dockerd", does: gettext("the engine") },
  containerd: { icon: "list", name: "containerd", does: gettext("watches them") },
  runc: { icon: "play", name: "runc", does: gettext("starts them") },
  registry: { icon: "grid", name: gettext("registry"), does: gettext("keeps images") },
  shelf: { icon: "layers", name: gettext("images"), does: "" },
};

/**
 * @param {string} text
 * @param {number} width
 * @param {number} size
 * @returns {string} as much of it as has room
 */
function fit(text, width, size) {
  const room = Math.max(2, Math.floor(width / (size * LETTER)));
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

/**
 * @param {string} image
 * @param {number} width
 * @param {number} [size]
 * @returns {string} its name without what says least
 */
function shortImage(image, width, size = 10.5) {
  const name = image.replace(/:latest$/, "");
  return name.length * size * LETTER > width ? name.replace(/^.*\//, "") : name;
}

/**
 * @param {string} className
 * @param {Point} point
 * @param {string} text
 * @param {"start" | "middle" | "end"} [anchor]
 */
function textAt(className, [x, y], text, anchor = "start") {
  return makeSvg("text", { class: className, x, y, "text-anchor": anchor }, text);
}

/**
 * @param {string} name of the page's sprite
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function symbol(name, x, y, size) {
  const glyph = icon(name);
  for (const [key, value] of Object.entries({ x, y, width: size, height: size })) {
    glyph.setAttribute(key, String(value));
  }
  return glyph;
}

/** @param {Box} box */
const rectOf = ({ x, y, width, height }) => ({ x, y, width, height });

export class Drawing {
  /** @type {Layout | null} */
  #layout = null;
  /** @type {Map<string, SVGElement>} what can light up: edges, nodes, containers by "c:" and id */
  #parts = new Map();
  /** @type {Map<string, number>} when each stops to be lit */
  #timers = new Map();
  #known = new Set();
  #first = true;
  #dot = makeSvg("circle", { class: "map-dot", r: 5, cx: -20, cy: -20 });

  /** @param {boolean} moves whether things may move */
  constructor(moves) {
    this.moves = moves;
    this.root = makeSvg("svg", { class: "map-drawing", role: "img", focusable: "false" });
    this.root.setAttribute("aria-label", gettext("Your Docker engine, drawn. The list below says the same."));
  }

  /**
   * @param {number} width
   * @param {Facts} facts
   */
  update(width, facts) {
    const layout = layOut(width, facts);
    this.#layout = layout;
    const lit = [...this.#parts].filter(([, part]) => part.classList.contains("is-lit"));
    this.#parts.clear();
    const { root } = this;
    root.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    root.setAttribute("width", String(layout.width));
    root.setAttribute("height", String(layout.height));
    root.replaceChildren(
      makeSvg("rect", { class: "map-machine", rx: 14, ...rectOf(layout.machine) }),
      textAt("map-machine__name", [layout.machine.x + 14, layout.machine.y - 6], gettext("your machine")),
      ...this.#edges(layout),
      ...this.#networks(layout),
      ...this.#volumes(layout),
      ...this.#nodes(layout),
      ...this.#containers(layout),
      this.#dot,
    );
    for (const [name] of lit) this.#parts.get(name)?.classList.add("is-lit");
    this.#first = false;
  }

  /** @param {Layout} layout */
  #edges(layout) {
    return Object.entries(layout.edges).map(([name, points]) => {
      const path = makeSvg("path", { class: `map-edge map-edge--${name}`, d: pathThrough(points) });
      this.#parts.set(name, path);
      return path;
    });
  }

  /** @param {Layout} layout */
  #nodes(layout) {
    return Object.entries(layout.nodes).map(([name, box]) => {
      const { icon: glyph, name: title, does } = NODES[name];
      const group = makeSvg("g", { class: `map-node map-node--${name}` });
      this.#parts.set(name, group);
      group.append(makeSvg("rect", { class: "map-node__box", rx: name === "socket" ? 26 : 9, ...rectOf(box) }));
      if (name === "shelf") return this.#shelf(group, layout);
      const center = middle(box);
      if (glyph === "signal") group.append(plug(center, box.y + 16));
      else group.append(symbol(glyph, center - 9, box.y + 5, 18));
      const room = box.width - 4;
      const size = title.length * 12 * LETTER > room ? "map-node__name map-node__name--small" : "map-node__name";
      group.append(textAt(size, [center, box.y + 36], title, "middle"));
      if (does) group.append(textAt("map-node__does", [center, box.y + 48], fit(does, room + 8, 10.5), "middle"));
      return group;
    });
  }

  /**
   * @param {SVGElement} group
   * @param {Layout} layout
   */
  #shelf(group, layout) {
    const box = layout.nodes.shelf;
    group.append(symbol("layers", box.x + 8, box.y + 5, 15));
    group.append(textAt("map-node__name", [box.x + 28, box.y + 17], gettext("images")));
    for (const image of layout.images) {
      const board = { x: box.x + 5, y: image.y + image.height, width: box.width - 10, height: 2.5 };
      group.append(
        makeSvg("rect", { class: "map-image", rx: 3, ...rectOf(image) }),
        makeSvg("rect", { class: "map-board", ...board }),
        textAt("map-image__name", [image.x + 6, image.y + 13.5], fit(shortImage(image.name, image.width - 8, 11), image.width - 8, 11)),
      );
    }
    const last = layout.images[layout.images.length - 1];
    const y = (last ? last.y + last.height : box.y + 22) + 17;
    if (layout.left.images > 0) group.append(textAt("map-more", [box.x + 10, y], more(layout.left.images)));
    else if (!last) group.append(textAt("map-more", [box.x + 10, y], gettext("none yet")));
    return group;
  }

  /** @param {Layout} layout */
  #containers(layout) {
    const known = new Set(layout.containers.map(({ container }) => container.id));
    const cards = layout.containers.map(({ container, ...box }) => {
      const { id, name, image, state } = container;
      const group = makeSvg("g", { class: `map-container map-container--${state.replace(/\W/g, "")}` });
      const fresh = !this.#first && !this.#known.has(id);
      if (fresh && this.moves) group.classList.add("is-new");
      this.#parts.set(`c:${id}`, group);
      const room = box.width - 16;
      const second = container.port && state === "running" ? `:${container.port}` : stateName(state);
      group.append(
        makeSvg("rect", { class: "map-container__box", rx: 5, ...rectOf(box) }),
        makeSvg("path", { class: "map-container__ribs", d: ribs(box) }),
        textAt("map-container__name", [box.x + 9, box.y + 18], fit(name, room, 12)),
        textAt("map-container__image", [box.x + 9, box.y + 31], fit(shortImage(image, room), room, 10.5)),
        makeSvg("circle", { class: "map-container__lamp", cx: box.x + 12, cy: box.y + 38.5, r: 3 }),
        textAt("map-container__state", [box.x + 19, box.y + 42], fit(second, room - 12, 10.5)),
        makeSvg("title", {}, `${name}: ${stateName(state)}`),
      );
      return group;
    });
    this.#known = known;
    const [x, y] = [layout.net[0], layout.net[1] - 16];
    if (layout.left.containers > 0) cards.push(textAt("map-more map-more--containers", [x, y], moreContainers(layout.left.containers)));
    if (!layout.containers.length) {
      cards.push(textAt("map-empty", [x + 4, layout.nodes.shelf.y + 28], gettext("No containers yet")));
    }
    return cards;
  }

  /** @param {Layout} layout */
  #networks(layout) {
    const group = makeSvg("g", { class: "map-networks" });
    this.#parts.set("networks", group);
    layout.networks.forEach(({ name, y, from, to, stubs }, index) => {
      const line = makeSvg("g", { class: `map-network map-network--${index % 4}` });
      line.append(makeSvg("line", { x1: from, x2: to, y1: y, y2: y }));
      for (const stub of stubs) {
        const [x] = stub[stub.length - 1];
        line.append(makeSvg("path", { d: pathThrough(stub) }), makeSvg("circle", { cx: x, cy: y, r: 3.5 }));
      }
      line.append(textAt("map-network__name", [to, y - 4], fit(name, 130, 10.5), "end"));
      group.append(line);
    });
    return [group];
  }

  /** @param {Layout} layout */
  #volumes(layout) {
    const group = makeSvg("g", { class: "map-volumes" });
    this.#parts.set("volumes", group);
    for (const { name, x, y, width, height, ties } of layout.volumes) {
      for (const tie of ties) group.append(makeSvg("path", { class: "map-tie", d: pathThrough(tie) }));
      group.append(
        makeSvg("path", { class: "map-drum", d: drum(x, y, width, height) }),
        textAt("map-drum__name", [x + width / 2, y + height / 2 + 8], fit(name, width - 8, 10.5), "middle"),
      );
    }
    if (layout.left.volumes > 0 && layout.volumes.length) {
      const last = layout.volumes[layout.volumes.length - 1];
      group.append(textAt("map-more", [last.x + last.width + 8, last.y + 24], more(layout.left.volumes)));
    }
    return [group];
  }

  /**
   * Light up a way, part after part; it goes out by itself unless it is to stay.
   *
   * @param {string[]} way
   * @param {string} subject a container's name or id, "" for none
   * @param {boolean} [stays]
   */
  light(way, subject, stays = false) {
    if (stays) this.clear();
    this.#lead(way, subject);
    way.forEach((step, index) => {
      const edge = step.replace(/^-/, "");
      const [from, to] = edge.split("-");
      const container = to === "containers" ? this.#container(subject) : null;
      const names = [from, edge, container ? `c:${container.id}` : to];
      const wait = this.moves && !stays ? index * HOP_MS : 0;
      window.setTimeout(() => names.forEach((name) => this.#lightPart(name, stays)), wait);
    });
  }

  /**
   * @param {string} name
   * @param {boolean} stays
   */
  #lightPart(name, stays) {
    this.#parts.get(name)?.classList.add("is-lit");
    window.clearTimeout(this.#timers.get(name));
    const put = () => this.#parts.get(name)?.classList.remove("is-lit");
    if (stays) this.#timers.delete(name);
    else this.#timers.set(name, window.setTimeout(put, LIT_MS));
  }

  /** Put all lights out. */
  clear() {
    for (const timer of this.#timers.values()) window.clearTimeout(timer);
    this.#timers.clear();
    for (const part of this.#parts.values()) part.classList.remove("is-lit");
  }

  /** @param {string} subject */
  #container(subject) {
    if (!subject) return null;
    const cards = this.#layout?.containers ?? [];
    return cards.find(({ container: { id, name } }) => name === subject || id.startsWith(subject))?.container ?? null;
  }

  /**
   * Let the last part of the way lead to the container that it is about.
   *
   * @param {string[]} way
   * @param {string} subject
   */
  #lead(way, subject) {
    if (!this.#layout || !way.includes("runc-containers")) return;
    const id = this.#container(subject)?.id;
    const card = this.#layout.containers.find(({ container }) => container.id === id);
    const points = card?.way ?? this.#layout.edges["runc-containers"];
    this.#parts.get("runc-containers")?.setAttribute("d", pathThrough(points));
  }

  /**
   * Send a dot along a way.
   *
   * @param {string[]} way
   * @param {number} milliseconds
   */
  send(way, milliseconds) {
    if (!this.moves) return;
    const paths = way.map((step) => ({ back: step.startsWith("-"), path: this.#parts.get(step.replace(/^-/, "")) }));
    const began = performance.now();
    const move = (/** @type {number} */ now) => {
      const at = Math.min(0.9999, Math.max(0, (now - began) / milliseconds)) * paths.length;
      const { path, back } = paths[Math.floor(at)];
      if (!(path instanceof SVGPathElement) || !path.isConnected || now - began > milliseconds + GONE_MS) {
        this.#dot.setAttribute("cx", "-20");
        return;
      }
      const share = at % 1;
      const { x, y } = path.getPointAtLength(path.getTotalLength() * (back ? 1 - share : share));
      this.#dot.setAttribute("cx", String(x));
      this.#dot.setAttribute("cy", String(y));
      window.requestAnimationFrame(move);
    };
    window.requestAnimationFrame(move);
  }
}

/** @param {number} count */
const more = (count) => fill(gettext("and %(count)s more"), { count });
/** @param {number} count */
const moreContainers = (count) => fill(gettext("and %(count)s more containers"), { count });

/**
 * @param {Box} box
 * @returns {string} the ribs at both ends of a ship's container
 */
function ribs({ x, y, width, height }) {
  const [left, right] = [x + 3.5, x + width - 3.5];
  return `M${left} ${y + 5}V${y + height - 5}M${right} ${y + 5}V${y + height - 5}`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @returns {string} a drum
 */
function drum(x, y, width, height) {
  const [rx, ry] = [width / 2, 5];
  const top = `M${x} ${y + ry}A${rx} ${ry} 0 0 1 ${x + width} ${y + ry}A${rx} ${ry} 0 0 1 ${x} ${y + ry}`;
  return `${top}V${y + height - ry}A${rx} ${ry} 0 0 0 ${x + width} ${y + height - ry}V${y + ry}`;
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {SVGElement} a plug in its socket
 */
function plug(x, y) {
  const d = `M${x - 11} ${y}h6m12 0h4M${x - 5} ${y - 6}v12h3a6 6 0 0 0 0 -12zM${x + 1} ${y - 3}h4m-4 6h4M${x + 7} ${y - 6}v12`;
  return makeSvg("path", { class: "map-plug", d });
}
