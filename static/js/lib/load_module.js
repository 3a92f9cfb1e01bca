/** Load scripts and stylesheets that a page needs only now. */

const PAUSES_MS = [300, 1_000, 3_000];

/**
 * Import a module, again where a request of it broke off: networks change, phones leave a cell.
 *
 * @param {string} url
 * @param {(url: string) => Promise<any>} [load]
 * @param {number[]} [pauses] in milliseconds
 * @returns {Promise<any>} its exports
 */
export async function loadModule(url, load = (address) => import(address), pauses = PAUSES_MS) {
  for (const pause of pauses) {
    try {
      return await load(url);
    } catch (error) {
      // A fault of the script itself would be the same the next time.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return load(url);
}

/**
 * Load a stylesheet, once.
 *
 * @param {string} href
 */
export function loadStylesheet(href) {
  if (document.querySelector(`link[href="${CSS.escape(href)}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}
