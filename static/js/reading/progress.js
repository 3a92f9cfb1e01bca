/** Keep pages that show progress in step with the lesson in which it is made, in another tab too. */

import { lessonsFinished } from "../lib/format.js";

/** Tells the user's other tabs that something has been passed; each reads what from the server. */
const CHANNEL = "drydock-progress";
/** After being out of sight for so long a page may be behind, whoever made the progress. */
const STALE_MS = 10_000;

/** @type {number | null} */
let published = null;

/**
 * Tell other tabs, once more exercises are passed than before.
 *
 * @param {number} passed
 */
export function publishProgress(passed) {
  const rose = published !== null && passed > published;
  published = passed;
  if (!rose || !("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("passed");
  channel.close();
}

/**
 * Count the lesson that is shown among the course's.
 *
 * @param {boolean} finished whether all of its exercises are passed
 */
export function showCourseProgress(finished) {
  const root = document.querySelector("[data-course-progress]");
  const text = root?.querySelector("[data-finished]");
  if (!(root instanceof HTMLElement) || !text) return;
  const { elsewhere, lessons } = root.dataset;
  text.textContent = lessonsFinished(Number(elsewhere) + Number(finished), Number(lessons));
}

/** Load the page again in place where it shows progress: focus and scroll stay. */
async function refreshMain() {
  const answer = await fetch(window.location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.querySelector("#main");
  const main = document.querySelector("#main");
  if (!main || !next || main.innerHTML === next.innerHTML) return;
  const focused = document.activeElement instanceof HTMLAnchorElement ? document.activeElement : null;
  const href = focused && main.contains(focused) ? focused.getAttribute("href") : null;
  main.replaceChildren(...next.childNodes);
  if (!href) return;
  const link = main.querySelector(`a[href="${CSS.escape(href)}"]`);
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
}

/** Follow what is passed elsewhere, on pages that show it. */
export function followProgress() {
  if (!document.querySelector("[data-shows-progress]")) return;
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > STALE_MS) void refreshMain();
  });
  window.addEventListener("pageshow", ({ persisted }) => persisted && void refreshMain());
  if (!("BroadcastChannel" in window)) return;
  new BroadcastChannel(CHANNEL).addEventListener("message", () => void refreshMain());
}
