/** Play the landing page's picture once; its button stops it at the end, or plays it again. */

import { find } from "./lib/dom.js";

const picture = find(".demo", HTMLElement);
const button = find("[data-replay]", HTMLButtonElement);
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {boolean} playing */
function set(playing) {
  picture.dataset.play = playing ? "on" : "done";
  find("[data-stop-label]", HTMLElement, button).hidden = !playing;
  find("[data-play-label]", HTMLElement, button).hidden = playing;
}

button.hidden = false;
button.addEventListener("click", () => {
  const playing = picture.dataset.play === "on";
  picture.dataset.play = "done";
  void picture.offsetWidth; // so that the animations begin anew
  set(!playing);
});
picture.addEventListener("animationend", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-last]")) set(false);
});
set(!reducedMotion.matches);
