/** Styles that xterm.js makes while it runs, under a content security policy that wants a nonce on each. Its option
 * `documentOverride` would do, but the viewport does not heed it (xterm.js 6.0, CoreBrowserTerminal.open). */

/** The page's nonce: the import map carries it. @returns {string} */
function pageNonce() {
  const map = document.querySelector("script[type=importmap]");
  return map instanceof HTMLElement ? (map.nonce ?? "") : "";
}

let done = false;

/** From now on `<style>` elements that scripts make come with the page's nonce. */
export function giveStylesTheNonce() {
  if (done) return;
  done = true;
  const nonce = pageNonce();
  const create = document.createElement.bind(document);
  /** @param {string} name @param {ElementCreationOptions} [options] */
  const createElement = (name, options) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  document.createElement = /** @type {typeof document.createElement} */ (createElement);
}
