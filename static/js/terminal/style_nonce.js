/**
 * Give the page's nonce to styles that xterm.js adds while it runs: the content security policy
 * wants one on each. Its option `documentOverride` would do, but the viewport does not heed it
 * (xterm.js 6.0, CoreBrowserTerminal.open).
 */

/**
 * Read the page's nonce, which the import map carries.
 *
 * @returns {string}
 */
export function pageNonce() {
  const map = document.querySelector("script[type=importmap]");
  return map instanceof HTMLElement ? (map.nonce ?? "") : "";
}

let patched = false;

/** Give every `<style>` that scripts create from now on the page's nonce. */
export function addNonceToStyles() {
  if (patched) return;
  patched = true;
  const nonce = pageNonce();
  const create = document.createElement.bind(document);
  /**
   * @param {string} name
   * @param {ElementCreationOptions} [options]
   */
  const createElement = (name, options) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  document.createElement = /** @type {typeof document.createElement} */ (createElement);
}
