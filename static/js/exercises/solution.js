/** Offer an exercise's solution when its policy allows it, and fetch it when it is opened. */

import { ApiError, call } from "../lib/api.js";
import { prepareCodeBlocks } from "../lib/code_blocks.js";
import { find, make } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";

/** @import { ExerciseData } from "../lib/api_types.js" */

/**
 * Whether the solution may be opened, as grading/policy.py decides.
 *
 * @param {ExerciseData} data
 * @returns {boolean}
 */
export function isSolutionOpen({ terms, passed, attempts }) {
  if (terms.show_solution === "never") return false;
  return passed || (terms.show_solution === "after-attempts" && attempts >= terms.solution_after);
}

/**
 * @param {HTMLElement} root the exercise
 * @param {string} path of the exercise in the API
 * @returns {(open: boolean) => void} shows or hides the offer
 */
export function wireSolution(root, path) {
  const details = root.querySelector("details[data-solution]");
  if (!(details instanceof HTMLDetailsElement)) return () => {};
  const body = find("[data-solution-body]", HTMLElement, details);
  let fetched = false;
  details.addEventListener("toggle", async () => {
    if (!details.open || fetched) return;
    const text = gettext("Fetching the solution");
    body.replaceChildren(make("p", "hint__wait", make("span", "spinner"), text));
    try {
      /** @type {{html: string}} */
      const solution = await call("GET", `${path}/solution`);
      body.innerHTML = solution.html; // cleaned by the server
      prepareCodeBlocks(body);
      fetched = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      body.replaceChildren(make("p", "hint__fault", error.message));
    }
  });
  return (open) => (details.hidden = !open);
}
