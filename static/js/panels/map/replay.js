/** Play a command again, slowly: step by step with captions, forwards, backwards, or by itself. */

import { icon, make } from "../../lib/dom.js";
import { fill, gettext } from "../../lib/i18n.js";
import { shortPath } from "./explain.js";
import { stepsOf } from "./steps.js";

/**
 * @import { Command } from "./group.js"
 * @import { Drawing } from "./drawing.js"
 * @import { Step } from "./steps.js"
 */

const STEP_MS = 3_200;
const MOVE_MS = 1_500;

/**
 * @param {string} glyph
 * @param {string} label
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
function button(glyph, label, act) {
  const element = /** @type {HTMLButtonElement} */ (make("button", "tool", icon(glyph)));
  element.type = "button";
  element.title = label;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}

export class Replay {
  /** @type {Step[]} */
  #steps = [];
  #at = 0;
  #playing = false;
  /** @type {number | undefined} */
  #timer;
  #drawing;
  #count = make("span", "map-replay__count");
  #caption = make("p", "map-replay__caption");
  #call = make("code", "map-replay__call");
  #play = button("play", gettext("Play"), () => this.#toggle());

  /**
   * @param {Drawing} drawing
   * @param {() => void} ended called when nothing is played any more
   */
  constructor(drawing, ended) {
    this.#drawing = drawing;
    this.ended = ended;
    this.#caption.setAttribute("aria-live", "polite");
    const tools = make(
      "div",
      "map-replay__tools",
      button("arrow-left", gettext("One step back"), () => this.#step(-1)),
      this.#play,
      button("arrow-right", gettext("One step on"), () => this.#step(1)),
      this.#count,
      button("cross", gettext("Back to what happens now"), () => this.stop()),
    );
    this.root = make("div", "map-replay", tools, this.#caption, this.#call);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", gettext("Replay"));
    this.root.hidden = true;
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  get active() {
    return !this.root.hidden;
  }

  /**
   * Begin to play a command.
   *
   * @param {Command} command
   */
  start(command) {
    this.#steps = stepsOf(command);
    this.#at = 0;
    this.root.hidden = false;
    this.#setPlaying(true);
    this.#show();
    this.#play.focus({ preventScroll: true });
    this.#drawing.root.scrollIntoView({ block: "start" }); // the list of calls may lie far below
  }

  /** End, and let the drawing follow what happens again. */
  stop() {
    if (!this.active) return;
    this.#setPlaying(false);
    this.root.hidden = true;
    this.#drawing.clear();
    this.ended();
  }

  /** Light the step again, after the drawing has changed. */
  refresh() {
    const step = this.#steps[this.#at];
    if (this.active && step) this.#drawing.light(step.way, step.subject, true);
  }

  #show() {
    const { way, subject, caption, call } = this.#steps[this.#at];
    this.#drawing.light(way, subject, true);
    this.#drawing.send(way, MOVE_MS);
    this.#caption.textContent = caption;
    this.#call.textContent = this.#at ? `${call.method} ${shortPath(call.path)}` : "";
    const position = { at: this.#at + 1, steps: this.#steps.length };
    this.#count.textContent = fill(gettext("%(at)s of %(steps)s"), position);
    window.clearTimeout(this.#timer);
    if (this.#playing) this.#timer = window.setTimeout(() => this.#next(), STEP_MS);
  }

  #next() {
    if (this.#at + 1 < this.#steps.length) return this.#step(1, true);
    this.#setPlaying(false);
  }

  #toggle() {
    const last = this.#at + 1 >= this.#steps.length;
    if (!this.#playing && last) this.#at = 0;
    this.#setPlaying(!this.#playing);
    if (this.#playing) this.#show();
  }

  /**
   * @param {number} by
   * @param {boolean} [playing] whether it goes on by itself
   */
  #step(by, playing = false) {
    this.#setPlaying(playing);
    this.#at = Math.max(0, Math.min(this.#steps.length - 1, this.#at + by));
    this.#show();
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    window.clearTimeout(this.#timer);
    const label = playing ? gettext("Pause") : gettext("Play");
    this.#play.replaceChildren(icon(playing ? "pause" : "play"));
    this.#play.setAttribute("aria-label", label);
    this.#play.title = label;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowRight") this.#step(1);
    else if (event.key === "ArrowLeft") this.#step(-1);
    else if (event.key === "Escape") this.stop();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
