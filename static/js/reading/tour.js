/** Show who is new, in at most five steps, how a lesson works. */

import { make } from "../lib/dom.js";
import { fill, gettext } from "../lib/i18n.js";
import { remember } from "../lib/storage.js";

const GAP_PX = 14;

/**
 * A step: what it is about (the first of these elements that is shown), and what to know of it.
 *
 * @typedef {{ targets: string[], title: string, text: string }} Step
 */

/** @returns {Step[]} */
function allSteps() {
  return [
    {
      targets: [".lesson__title"],
      title: gettext("The lesson"),
      text: gettext("Read here. Words with dots below them are explained when you point at them."),
    },
    {
      targets: ["#main .code__run"],
      title: gettext("Commands"),
      text: gettext("Run enters a command into the machine for you. Typing it yourself teaches more."),
    },
    {
      targets: ['[data-show="terminal"]', "#terminal-pane [role=tab]", "#terminal-pane"],
      title: gettext("Your machine"),
      text: gettext("A Linux computer that is yours alone. Nothing outside it can break: be bold."),
    },
    {
      targets: ["[data-check]"],
      title: gettext("Check"),
      text: gettext("Looks into your machine and says what is there and what is missing. Try as often as you like."),
    },
    {
      targets: ["#panels [role=tab]", "#panels button"],
      title: gettext("Panels"),
      text: gettext("They draw what happens in your machine while it happens."),
    },
  ];
}

/** @param {Step} step */
function targetOf({ targets }) {
  const elements = targets.map((selector) => document.querySelector(selector));
  const shown = elements.find((element) => element?.checkVisibility());
  return shown instanceof HTMLElement ? shown : null;
}

/**
 * Stand beside what is explained and never on it: where there is room, first below.
 *
 * @param {DOMRect} target
 * @param {DOMRect} card
 * @returns {{ left: number, top: number }}
 */
export function placeBeside(target, card, width = window.innerWidth, height = window.innerHeight) {
  const left = Math.min(Math.max(GAP_PX, target.left), Math.max(GAP_PX, width - card.width - GAP_PX));
  const below = target.bottom + GAP_PX;
  if (below + card.height <= height) return { left, top: below };
  const above = target.top - GAP_PX - card.height;
  if (above >= 0) return { left, top: above };
  const top = Math.max(GAP_PX, Math.min(target.top, height - card.height - GAP_PX));
  const right = target.right + GAP_PX;
  return { left: right + card.width <= width ? right : target.left - GAP_PX - card.width, top };
}

class Tour {
  #steps = allSteps().filter(targetOf);
  #at = -1;
  #card = make("div", "tour");
  #done;

  /** @param {() => void} done */
  constructor(done) {
    this.#done = done;
    this.#card.popover = "manual";
    this.#card.setAttribute("role", "dialog");
    this.#card.setAttribute("aria-labelledby", "tour-title");
    this.#card.addEventListener("keydown", (event) => {
      event.stopPropagation(); // single keys are the page's elsewhere
      if (event.key === "Escape") this.#end();
    });
    document.body.append(this.#card);
    window.addEventListener("resize", this.#place);
    this.#go(0);
  }

  /** @param {number} number */
  #go(number) {
    document.querySelector(".tour-here")?.classList.remove("tour-here");
    this.#at = number;
    const step = this.#steps[number];
    const target = step && targetOf(step);
    if (!step || !target) return this.#end();
    target.classList.add("tour-here");
    target.scrollIntoView({ block: "center" });
    const title = make("h2", "tour__title", step.title);
    title.id = "tour-title";
    const count = fill(gettext("%(number)s of %(count)s"), {
      number: number + 1,
      count: this.#steps.length,
    });
    const isLast = number + 1 === this.#steps.length;
    const next = this.#button(isLast ? gettext("Done") : gettext("Next"), "", () => this.#go(number + 1));
    const buttons = [next];
    if (!isLast) buttons.unshift(this.#button(gettext("Skip"), " button--bare", () => this.#end()));
    const foot = make("div", "tour__foot", make("span", "tour__count", count), ...buttons);
    this.#card.replaceChildren(title, make("p", "tour__text", step.text), foot);
    this.#card.showPopover();
    this.#place();
    next.focus();
  }

  /**
   * @param {string} label
   * @param {string} look
   * @param {() => void} act
   */
  #button(label, look, act) {
    const button = make("button", `button button--small${look}`, label);
    button.setAttribute("type", "button");
    button.addEventListener("click", act);
    return button;
  }

  #place = () => {
    const step = this.#steps[this.#at];
    const target = step && targetOf(step);
    if (!target) return;
    const { left, top } = placeBeside(target.getBoundingClientRect(), this.#card.getBoundingClientRect());
    this.#card.style.left = `${left}px`;
    this.#card.style.top = `${top}px`;
  };

  #end() {
    document.querySelector(".tour-here")?.classList.remove("tour-here");
    window.removeEventListener("resize", this.#place);
    this.#card.remove();
    this.#done();
  }
}

/**
 * Offer the tour to who has neither taken nor declined it in this browser (prefs.js hides the offer
 * from others ahead of the first paint), and under the keyboard's list to everybody.
 */
export function offerTour() {
  const { dataset } = document.documentElement;
  const leave = () => {
    remember(`tour:${dataset.reader ?? ""}`, "done");
    dataset.tour = "done";
    document.querySelector("#main")?.scrollTo({ top: 0 });
    const main = document.querySelector("#main");
    if (main instanceof HTMLElement) main.focus({ preventScroll: true });
  };
  const wire = (/** @type {string} */ selector, /** @type {() => void} */ act) => {
    for (const button of document.querySelectorAll(selector)) button.addEventListener("click", act);
  };
  wire("[data-tour-start]", () => {
    // After a dialog that holds the button has closed, and given the focus back.
    window.setTimeout(() => document.querySelector(".tour") ?? new Tour(leave));
  });
  wire("[data-tour-decline]", leave);
}
