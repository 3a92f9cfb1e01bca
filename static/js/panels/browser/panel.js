/**
 * Show what a port of the machine serves: an address line, and a frame with an origin of its own,
 * which can neither read nor ask for anything of this page's.
 */

import { ApiError, call } from "../../lib/api.js";
import { icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { publishedPorts, readAddress, writeAddress } from "./address.js";

/**
 * @import { PanelContext } from "../dock.js"
 * @import { Address } from "./address.js"
 */

/** What a page of a port may do; it may not lead this page elsewhere. */
const OWN_ORIGIN =
  "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads";
/** Where it has no origin of its own (docs/operating.md). */
const NO_ORIGIN = "allow-scripts allow-forms";

/**
 * @param {string} name of an icon
 * @param {string} label
 * @returns {HTMLButtonElement}
 */
function tool(name, label) {
  const button = /** @type {HTMLButtonElement} */ (make("button", "tool", icon(name)));
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  return button;
}

/**
 * @param {HTMLElement} root
 * @param {PanelContext} context
 * @returns {() => void}
 */
export function openPanel(root, context) {
  const input = /** @type {HTMLInputElement} */ (make("input", "browser__address"));
  input.type = "text";
  input.inputMode = "url";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.maxLength = 1000;
  input.placeholder = "localhost:8080";
  input.setAttribute("aria-label", gettext("Address in the machine"));
  const reload = tool("again", gettext("Load again"));
  const inWindow = tool("window", gettext("Open in a window"));
  const go = make("button", "button button--small", gettext("Open"));
  const bar = make("form", "browser__bar", reload, input, go, inWindow);
  const ports = make("div", "browser__ports");
  const message = make("p", "browser__message");
  message.setAttribute("role", "status");
  const page = make("div", "browser__page");
  root.classList.add("browser");
  root.replaceChildren(bar, ports, message, page);

  let isOpen = true;
  let latest = 0;

  /** @param {string} text */
  const say = (text) => {
    message.textContent = text;
    message.hidden = !text;
  };
  say(gettext("Type an address as you would on your own computer, such as localhost:8080."));

  /**
   * Ask for an address that opens the port in this browser.
   *
   * @returns {Promise<{address: Address, url: string} | null>} null when the reason was said
   */
  const link = async () => {
    const address = readAddress(input.value);
    input.setAttribute("aria-invalid", String(!address));
    if (!address) {
      say(gettext("Write it as localhost:8080 or localhost:8080/path: it is in your machine."));
      return null;
    }
    const machine = context.machineId();
    if (!machine) {
      say(gettext("The machine does not run now."));
      return null;
    }
    input.value = writeAddress(address);
    latest += 1;
    const number = latest;
    try {
      const { path, port } = address;
      const { url } = await call("POST", `machines/${machine}/ports/${port}`, { path });
      return isOpen && number === latest ? { address, url } : null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isOpen) say(error.message);
      return null;
    }
  };

  const load = async () => {
    const opened = await link();
    if (!opened) return;
    const frame = document.createElement("iframe");
    frame.className = "browser__frame";
    const what = { address: writeAddress(opened.address), machine: context.machine };
    frame.title = fill(gettext("%(address)s in the machine %(machine)s"), what);
    const sandboxed = new URL(opened.url).origin === location.origin;
    frame.setAttribute("sandbox", sandboxed ? NO_ORIGIN : OWN_ORIGIN);
    // The port lets in only who comes from this page.
    frame.referrerPolicy = "origin";
    frame.src = opened.url;
    say("");
    page.replaceChildren(frame);
  };

  const openWindow = async () => {
    const opened = await link();
    if (!opened) return;
    const anchor = document.createElement("a");
    anchor.href = opened.url;
    anchor.target = "_blank";
    anchor.rel = "noopener";
    anchor.referrerPolicy = "origin";
    anchor.click();
  };

  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    void load();
  });
  reload.addEventListener("click", () => void load());
  inWindow.addEventListener("click", () => void openWindow());

  /** @param {number} port */
  const show = (port) => {
    input.value = writeAddress({ port, path: "/" });
    void load();
  };

  let shown = "";
  const stopWatching = context.watch("containers", ({ data }) => {
    const published = publishedPorts(data);
    const now = JSON.stringify(published);
    if (now === shown) return;
    shown = now;
    ports.replaceChildren(
      ...published.map(({ port, name }) => {
        const open = make("span", "visually-hidden", gettext("Open port"), " ");
        const button = make("button", "browser__port", open, String(port), " ", make("span", "", name));
        button.setAttribute("type", "button");
        button.addEventListener("click", () => show(port));
        return button;
      }),
    );
  });

  if (context.port) show(context.port);
  return () => {
    isOpen = false;
    stopWatching();
  };
}
