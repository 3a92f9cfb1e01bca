/** Read addresses as people type them for a port of the machine. */

const ADDRESS =
  /^(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])?:?(\d{1,5})?((?:[/?#][^\s]*)?)$/i;

/**
 * @typedef {object} Address
 * @property {number} port
 * @property {string} path with its query, in ASCII
 */

/**
 * Read `localhost:8080/path`, `:8080`, `8080`, or the same with `http://`.
 *
 * @param {string} text
 * @returns {Address | null} null for what is no address of this machine
 */
export function readAddress(text) {
  const match = ADDRESS.exec(text.trim());
  if (!match || text.trim() === "") return null;
  const port = match[1] === undefined ? 80 : Number(match[1]);
  if (port < 1 || port > 65535) return null;
  const path = match[2].startsWith("/") ? match[2] : `/${match[2]}`;
  const url = new URL(path.replace(/^\/+/, "/"), "http://localhost");
  return { port, path: url.pathname + url.search };
}

/**
 * @param {Address} address
 * @returns {string} as a browser writes it
 */
export function writeAddress({ port, path }) {
  return `localhost${port === 80 ? "" : `:${port}`}${path}`;
}

/**
 * Find the ports that a machine's containers publish, the same one once.
 *
 * @param {any} data of the topic "containers"
 * @returns {{port: number, name: string}[]} at most eight
 */
export function publishedPorts(data) {
  /** @type {Map<number, string>} */
  const names = new Map();
  for (const container of data?.containers ?? []) {
    for (const { public: port, protocol } of container.ports ?? []) {
      if (port > 0 && protocol === "tcp" && !names.has(port)) names.set(port, container.name);
    }
  }
  return [...names].map(([port, name]) => ({ port, name })).slice(0, 8);
}
