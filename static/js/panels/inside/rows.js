/** Put a machine's processes into the order of their tree. Depends on its arguments alone. */

/**
 * @typedef {object} Process as panels/topics/process_tree.py describes it
 * @property {number[]} pids the host's first, then inwards
 * @property {number} parent the host's number; 0 for none of this machine's
 * @property {number} world its place in `worlds`
 * @property {string} name
 * @property {string} command
 * @property {string} state
 * @property {number} uid on the host
 * @property {number} inner_uid in its own user namespace; -1 for none
 * @property {number} memory
 * @property {Record<string, number>} own namespaces that its world does not have
 *
 * @typedef {object} World a PID namespace: the machine's own, or a container's in it
 * @property {string} name
 * @property {Record<string, number>} namespaces
 * @property {number} uid of its first process, on the host
 * @property {number} inner_uid
 * @property {number[]} missing capabilities that nothing in it can have
 *
 * @typedef {object} Tree
 * @property {boolean} visible
 * @property {boolean} guest
 * @property {boolean} runs_guests
 * @property {number} total
 * @property {number} depth
 * @property {number} capabilities
 * @property {{namespaces: Record<string, number>}} host
 * @property {World[]} worlds
 * @property {number} more_worlds
 * @property {Process[]} processes
 * @property {import("./limits.js").Limits} limits
 *
 * @typedef {object} Row
 * @property {Process} process
 * @property {number} depth in the whole tree
 * @property {number} worldDepth below the first process of its world
 * @property {boolean} first whether the box of its world begins here
 * @property {boolean} last whether the box of its world ends here
 */

/**
 * @param {Process[]} processes
 * @returns {Row[]} parents before their children, children by the host's number
 */
export function treeRows(processes) {
  const children = new Map();
  for (const process of [...processes].sort((a, b) => a.pids[0] - b.pids[0])) {
    const siblings = children.get(process.parent) ?? [];
    siblings.push(process);
    children.set(process.parent, siblings);
  }
  /** @type {Row[]} */
  const rows = [];
  /** @type {{process: Process, depth: number, worldDepth: number}[]} */
  const open = [];
  /**
   * @param {Process[]} siblings
   * @param {number} depth
   * @param {Process | null} parent
   * @param {number} worldDepth
   */
  const push = (siblings, depth, parent, worldDepth) => {
    for (const process of [...siblings].reverse()) {
      const inWorld = parent?.world === process.world;
      open.push({ process, depth, worldDepth: inWorld ? worldDepth + 1 : 0 });
    }
  };
  push(children.get(0) ?? [], 0, null, 0);
  children.delete(0);
  for (let next = open.pop(); next; next = open.pop()) {
    rows.push({ ...next, first: false, last: false });
    const { process, depth, worldDepth } = next;
    push(children.get(process.pids[0]) ?? [], depth + 1, process, worldDepth);
    children.delete(process.pids[0]);
  }
  for (const [at, row] of rows.entries()) {
    row.first = rows[at - 1]?.process.world !== row.process.world;
    row.last = rows[at + 1]?.process.world !== row.process.world;
  }
  return rows;
}

/**
 * Say whose a namespace is, from outside inwards: whoever has it first shares it with the rest.
 *
 * @param {string} name "pid", "net" …
 * @param {number} id
 * @param {Record<string, number>[]} worlds namespaces of the host, the machine, a container
 * @returns {number} the place in `worlds`; -1 when it is nobody's
 */
export function ownerOf(name, id, worlds) {
  return id ? worlds.findIndex((namespaces) => namespaces[name] === id) : -1;
}
