/** The solution of an exercise: offered when its author's terms allow it, fetched when it is opened. */

import { ApiError, call } from "../lib/api.js";
import { find, make } from "../lib/dom.js";
import { gettext } from "../lib/i18n.js";
import { dressCode } from "../lib/code_blocks.js";

/** @param {import("../lib/api_types.js").ExerciseData} data @returns {boolean} as grading/terms.py decides */
export function solutionOpen({ terms, passed, attempts }) {
  if (terms.show_solution === "never") return false;
  return passed || (terms.show_solution === "after-attempts" && attempts >= terms.solution_after);
}

/** @param {HTMLElement} root the exercise @param {string} path of the exercise in the API
 * @returns {(open: boolean) => void} offers it, or does not */
export function wireSolution(root, path) {
  const details = root.querySelector("details[data-solution]");
  if (!(details instanceof HTMLDetailsElement)) return () => {};
  const body = find("[data-solution-body]", HTMLElement, details);
  let there = false;
  details.addEventListener("toggle", async () => {
    if (!details.open || there) return;
    body.replaceChildren(make("p", "hint__wait", make("span", "spinner"), gettext("Fetching the solution")));
    try {
      body.innerHTML = /** @type {{html: string}} */ (await call("GET", `${path}/solution`)).html; // cleaned by the server
      dressCode(body);
      there = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      body.replaceChildren(make("p", "hint__fault", error.message));
    }
  });
  return (open) => (details.hidden = !open);
}
