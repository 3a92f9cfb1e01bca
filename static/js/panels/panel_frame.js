/** Frame one panel: what is seen, of which machine, and where the text is about it. */

import { find, make } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { placesOf, showPlace } from "./text_places.js";

/** @import { PanelData } from "../lib/api_types.js" */

export class PanelFrame {
  /** What the panel fills. */
  content;
  panel;
  #root;
  #text;
  #machine;
  #where;
  #place = -1;

  /**
   * @param {HTMLElement} root
   * @param {PanelData} panel
   * @param {object} options
   * @param {boolean} options.severalMachines whether it is about one of several
   * @param {HTMLElement} options.text the lesson's
   * @param {(machine: string) => void} options.chosen
   * @param {() => void} options.toText shows the text where the screen has room for one thing
   */
  constructor(root, panel, { severalMachines, text, chosen, toText }) {
    this.#root = root;
    this.panel = panel;
    this.#text = text;
    this.content = find(".panel__content", HTMLElement, root);
    this.#machine = find("[data-panel-machine]", HTMLElement, root);
    this.#where = find("[data-panel-where]", HTMLButtonElement, root);
    this.#makeChooser(severalMachines, chosen);
    this.#where.hidden = !this.textPlaces.length;
    this.#where.addEventListener("click", () => {
      toText();
      this.showInText();
    });
  }

  get textPlaces() {
    return placesOf(this.#text, this.panel.name, this.panel.glossary_terms);
  }

  /** Lead to the next place in the text that is about the panel. */
  showInText() {
    const { textPlaces } = this;
    if (!textPlaces.length) return;
    this.#place = (this.#place + 1) % textPlaces.length;
    showPlace(textPlaces[this.#place]);
    const place = { place: this.#place + 1, count: textPlaces.length };
    this.#where.title = fill(gettext("Place %(place)s of %(count)s in the text"), place);
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.#root.toggleAttribute("data-open", open);
  }

  /** @param {string} machine that the panel is about */
  setMachine(machine) {
    const chooser = this.#machine.querySelector("select");
    if (chooser) chooser.value = machine;
    else this.#machine.textContent = machine;
  }

  /** Bring it into view where panels are swiped. */
  bringIntoView() {
    const strip = this.#root.parentElement;
    if (strip && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = this.#root.offsetLeft;
  }

  focus() {
    this.content.focus({ preventScroll: true });
  }

  /**
   * @param {boolean} severalMachines
   * @param {(machine: string) => void} chosen
   */
  #makeChooser(severalMachines, chosen) {
    this.#machine.hidden = !severalMachines;
    if (!severalMachines || this.panel.machines.length < 2) return;
    const select = /** @type {HTMLSelectElement} */ (make("select", "panel__machines"));
    select.setAttribute("aria-label", gettext("Machine that is shown"));
    for (const machine of this.panel.machines) select.append(new Option(machine, machine));
    select.addEventListener("change", () => chosen(select.value));
    this.#machine.replaceChildren(select);
  }
}
