/**
 * Say where the parts of the drawing lie, in pixels, for a width and for what there is. Knows of no
 * document.
 */

/**
 * @typedef {object} Box
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {[number, number]} Point
 *
 * @typedef {object} Container
 * @property {string} id
 * @property {string} name
 * @property {string} image
 * @property {string} state
 * @property {string[]} networks by name
 * @property {string[]} volumes by name
 * @property {string} port "8080→80", "" for none
 *
 * @typedef {object} Facts what the engine has
 * @property {Container[]} containers
 * @property {number} containersTotal
 * @property {string[]} images
 * @property {number} imagesTotal
 * @property {string[]} networks
 * @property {number} networksTotal
 * @property {string[]} volumes
 * @property {number} volumesTotal
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {Box} machine
 * @property {Record<string, Box>} nodes
 * @property {Record<string, Point[]>} edges
 * @property {(Box & {container: Container, way: Point[]})[]} containers
 * @property {{name: string, y: number, from: number, to: number, stubs: Point[][]}[]} networks
 *   `stubs` lead to the line from the containers that are on it
 * @property {(Box & {name: string, ties: Point[][]})[]} volumes `ties` lead to who uses it
 * @property {(Box & {name: string})[]} images
 * @property {{containers: number, images: number, networks: number, volumes: number}} left how many
 *   there are that are not drawn
 * @property {Point} net where words of networks begin
 */

export const NARROW = 560;
const NODE = { width: 92, height: 54 };
const SOCKET = { width: 52, height: 54 };
const GAP = 10;
/** Between containers, where lines go down. */
const LANE = 16;
const CARD_HEIGHT = 45;
const SHELF_ROW = 24;
const NETWORK_ROW = 22;
const DRUM = { width: 84, height: 38 };
const MOST = { rows: 2, images: 5, networks: 4, volumes: 6 };

/**
 * @param {number} width
 * @param {Facts} facts
 * @returns {Layout}
 */
export function layOut(width, facts) {
  return width < NARROW ? layOutNarrow(width, facts) : layOutWide(width, facts);
}

/**
 * @param {number} width
 * @param {Facts} facts
 * @returns {Layout}
 */
function layOutWide(width, facts) {
  const machine = { x: 104, y: 20, width: width - 112, height: 0 };
  const right = width - 24;
  const top = 34;
  const free = right - machine.x - 16 - SOCKET.width;
  const node = { ...NODE, width: Math.min(NODE.width, (free - 4 * GAP) / 4) };
  const between = Math.min(48, (free - 4 * node.width) / 4);
  /** @type {Record<string, Box>} */
  const nodes = { you: { x: 6, y: top, width: 76, height: NODE.height } };
  let x = machine.x + 16;
  for (const name of ["client", "socket", "dockerd", "containerd", "runc"]) {
    const size = name === "socket" ? SOCKET : node;
    nodes[name] = { x, y: top, ...size };
    x += size.width + between;
  }
  const below = 124;
  const shelfWidth = Math.max(132, Math.min(190, width * 0.22));
  const shelf = shelfOf({ x: machine.x + 16, y: below, width: shelfWidth, height: 0 }, facts);
  nodes.shelf = shelf.box;
  nodes.registry = { x: 6, y: below + 6, width: 84, height: 62 };
  const area = { x: shelf.box.x + shelf.box.width + 40, y: below, right };
  const parts = placeEngine(facts, { ...area,  columns: 4, least: 84, most: 128 });
  const bottom = Math.max(parts.bottom, shelf.box.y + shelf.box.height, below + 70);
  machine.height = bottom + 14 - machine.y;
  const { dockerd, runc, socket, client, containerd, you, registry } = nodes;
  const lane = area.x - 20;
  /** @type {Record<string, Point[]>} */
  const edges = {
    "you-client": [rightOf(you), leftOf(client)],
    "client-socket": [rightOf(client), leftOf(socket)],
    "socket-dockerd": [rightOf(socket), leftOf(dockerd)],
    "dockerd-containerd": [rightOf(dockerd), leftOf(containerd)],
    "containerd-runc": [rightOf(containerd), leftOf(runc)],
    "dockerd-shelf": bend(dockerd.x + 30, bottomOf(dockerd)[1], 104, middle(shelf.box), below),
    "dockerd-registry": bend(dockerd.x + 16, bottomOf(dockerd)[1], 97, middle(registry), registry.y),
    "dockerd-networks": lead(dockerd.x + 44, bottomOf(dockerd)[1], 112, lane, parts.networksY, area.x - 6),
    "dockerd-volumes": lead(dockerd.x + 44, bottomOf(dockerd)[1], 112, lane, parts.volumesY, area.x - 6),
    "runc-containers": bend(middle(runc), bottomOf(runc)[1], 106, parts.middle, below),
  };
  return finish(width, bottom + 24, machine, nodes, edges, shelf, parts, (card) =>
    bend(middle(runc), bottomOf(runc)[1], 106, middle(card), card.y),
  );
}

/**
 * @param {number} width
 * @param {Facts} facts
 * @returns {Layout}
 */
function layOutNarrow(width, facts) {
  const machine = { x: 4, y: 86, width: width - 8, height: 0 };
  const node = { width: Math.min(NODE.width, (width - 48 - SOCKET.width) / 2.4), height: 52 };
  const left = machine.x + 22;
  const last = width - 26 - node.width;
  const rows = [112, 188];
  /** @type {Record<string, Box>} */
  const nodes = {
    you: { x: left, y: 6, ...node },
    registry: { x: last, y: 6, ...node },
    client: { x: left, y: rows[0], ...node },
    socket: { x: (left + last + node.width - SOCKET.width) / 2, y: rows[0], width: SOCKET.width, height: 52 },
    dockerd: { x: last, y: rows[0], ...node },
    runc: { x: left, y: rows[1], ...node },
    containerd: { x: last, y: rows[1], ...node },
  };
  const shelf = shelfOf({ x: left, y: 262, width: width - 52, height: 0 }, facts);
  nodes.shelf = shelf.box;
  const below = shelf.box.y + shelf.box.height + 26;
  const area = { x: left, y: below, right: width - 26 };
  const parts = placeEngine(facts, { ...area, columns: 3, least: 80, most: 140 });
  machine.height = parts.bottom + 12 - machine.y;
  const { dockerd, runc, socket, client, containerd, you, registry } = nodes;
  const [laneLeft, laneRight] = [machine.x + 9, width - 13];
  const outside = rightOf(dockerd);
  const around = (/** @type {number} */ y, /** @type {number} */ x) =>
    /** @type {Point[]} */ ([outside, [laneRight, outside[1]], [laneRight, y], [x, y]]);
  const fromRunc = (/** @type {number} */ x, /** @type {number} */ y) =>
    /** @type {Point[]} */ ([leftOf(runc), [laneLeft, leftOf(runc)[1]], [laneLeft, below - 10], [x, below - 10], [x, y]]);
  /** @type {Record<string, Point[]>} */
  const edges = {
    "you-client": [bottomOf(you), [middle(client), client.y]],
    "client-socket": [rightOf(client), leftOf(socket)],
    "socket-dockerd": [rightOf(socket), leftOf(dockerd)],
    "dockerd-containerd": [bottomOf(dockerd), [middle(containerd), containerd.y]],
    "containerd-runc": [leftOf(containerd), rightOf(runc)],
    "dockerd-shelf": around(shelf.box.y + 14, shelf.box.x + shelf.box.width),
    "dockerd-registry": [[middle(dockerd), dockerd.y], bottomOf(registry)],
    "dockerd-networks": around(parts.networksY, area.right),
    "dockerd-volumes": around(parts.volumesY, area.right),
    "runc-containers": fromRunc(parts.middle, below),
  };
  return finish(width, parts.bottom + 20, machine, nodes, edges, shelf, parts, (card) =>
    fromRunc(middle(card), card.y),
  );
}

/**
 * @param {number} width
 * @param {number} height
 * @param {Box} machine
 * @param {Record<string, Box>} nodes
 * @param {Record<string, Point[]>} edges
 * @param {ReturnType<typeof shelfOf>} shelf
 * @param {ReturnType<typeof placeEngine>} parts
 * @param {(card: Box) => Point[]} way from runc to a container
 * @returns {Layout}
 */
function finish(width, height, machine, nodes, edges, shelf, parts, way) {
  const containers = parts.cards.map((card) => ({ ...card, way: way(card) }));
  const left = { ...parts.left, images: shelf.left };
  const { networks, volumes, net } = parts;
  return { width, height, machine, nodes, edges, containers, networks, volumes, images: shelf.images, left, net };
}

/**
 * @param {Box} box where it begins
 * @param {Facts} facts
 */
function shelfOf(box, facts) {
  const shown = facts.images.slice(0, MOST.images);
  const images = shown.map((name, index) => ({
    name,
    x: box.x + 8,
    y: box.y + 26 + index * SHELF_ROW,
    width: box.width - 16,
    height: SHELF_ROW - 5,
  }));
  const left = facts.imagesTotal - shown.length;
  const height = 30 + Math.max(1, shown.length + (left > 0 ? 0.8 : 0)) * SHELF_ROW;
  return { box: { ...box, height }, images, left };
}

/**
 * Place containers in rows, below them the networks as lines, and below these the volumes.
 *
 * @param {Facts} facts
 * @param {{x: number, y: number, right: number, columns: number, least: number, most: number}} area
 */
function placeEngine(facts, area) {
  const width = area.right - area.x;
  const columns = Math.max(2, Math.min(area.columns + 2, Math.floor((width + LANE) / (area.least + LANE))));
  const card = Math.min(area.most, (width - (columns - 1) * LANE) / columns);
  const shown = facts.containers.slice(0, columns * MOST.rows);
  const cards = shown.map((container, index) => ({
    container,
    x: area.x + (index % columns) * (card + LANE),
    y: area.y + Math.floor(index / columns) * (CARD_HEIGHT + GAP + 2),
    width: card,
    height: CARD_HEIGHT,
  }));
  const rows = Math.max(1, Math.ceil(shown.length / columns));
  const isCovered = (/** @type {Box} */ box) => cards.some(({ x, y }) => x === box.x && y > box.y);
  const over = facts.containersTotal > shown.length ? 18 : 0;
  const networksY = area.y + rows * (CARD_HEIGHT + GAP + 2) + over + 14;
  const lines = facts.networks.slice(0, MOST.networks);
  const networks = lines.map((name, index) => {
    const y = networksY + index * NETWORK_ROW;
    const on = cards.filter(({ container }) => container.networks.includes(name));
    const stubs = on.map((box) => {
      const beside = box.x + box.width + 3 + index * 3.5;
      return drop(box, box.x + 14 + index * 9, beside, isCovered(box), y);
    });
    return { name, y, from: area.x, to: area.right, stubs };
  });
  const volumesY = networksY + Math.max(1, lines.length) * NETWORK_ROW + 24;
  const most = Math.min(MOST.volumes, Math.max(1, Math.floor((width + GAP) / (DRUM.width + GAP))));
  const volumes = facts.volumes.slice(0, most).map((name, index) => {
    const box = { x: area.x + index * (DRUM.width + GAP), y: volumesY - 18, ...DRUM };
    const users = cards.filter(({ container }) => container.volumes.includes(name));
    const ties = users.map((user) => {
      const way = drop(user, user.x + user.width - 12 - index * 8, user.x - 2.5, isCovered(user), box.y - 7);
      return [...way, /** @type {Point} */ ([middle(box), box.y - 7]), /** @type {Point} */ ([middle(box), box.y])];
    });
    return { name, ...box, ties };
  });
  const left = {
    containers: facts.containersTotal - shown.length,
    networks: facts.networksTotal - networks.length,
    volumes: facts.volumesTotal - volumes.length,
  };
  const inRow = Math.min(columns, Math.max(1, shown.length));
  const mid = area.x + (inRow * (card + LANE) - LANE) / 2;
  const bottom = volumesY + DRUM.height - 14;
  return { cards, networks, volumes, left, networksY, volumesY, middle: mid, bottom, net: /** @type {Point} */ ([area.x, networksY]) };
}

/**
 * Go down from a card, beside the one below it when there is one.
 *
 * @param {Box} box
 * @param {number} x
 * @param {number} beside
 * @param {boolean} covered
 * @param {number} y
 * @returns {Point[]}
 */
function drop(box, x, beside, covered, y) {
  const bottom = box.y + box.height;
  if (!covered) return [[x, bottom], [x, y]];
  return [[x, bottom], [x, bottom + 4], [beside, bottom + 4], [beside, y]];
}

/** @param {Box} box */
export const middle = (box) => box.x + box.width / 2;
/**
 * @param {Box} box
 * @returns {Point}
 */
const rightOf = (box) => [box.x + box.width, box.y + box.height / 2];
/**
 * @param {Box} box
 * @returns {Point}
 */
const leftOf = (box) => [box.x, box.y + box.height / 2];
/**
 * @param {Box} box
 * @returns {Point}
 */
const bottomOf = (box) => [middle(box), box.y + box.height];

/**
 * Go down, across and down again.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} across the height at which to go across
 * @param {number} toX
 * @param {number} toY
 * @returns {Point[]}
 */
function bend(x, y, across, toX, toY) {
  return [[x, y], [x, across], [toX, across], [toX, toY]];
}

/**
 * Go down, across, down a lane, and into what begins beside it.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} across
 * @param {number} lane
 * @param {number} toY
 * @param {number} toX
 * @returns {Point[]}
 */
function lead(x, y, across, lane, toY, toX) {
  return [[x, y], [x, across], [lane, across], [lane, toY], [toX, toY]];
}

/**
 * @param {Point[]} points
 * @returns {string} the path through them
 */
export function pathThrough(points) {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("");
}
