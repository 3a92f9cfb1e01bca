/**
 * Load the controls of questions: one module of controls/ each, which bears the name that the
 * question's template puts into data-control.
 */

/**
 * @typedef {string | string[] | Record<string, string> | null} QuizAnswer null: not answered
 * @typedef {object} Control
 * @property {(root: HTMLElement) => QuizAnswer} readAnswer
 * @property {(root: HTMLElement, answer: any) => void} writeAnswer
 * @property {(root: HTMLElement) => void} [wire] called once, when the page starts
 * @property {(root: HTMLElement) => void} [edited] called when the student has changed something
 * @property {boolean} [orderedSolution] whether the lines of the right answer are numbered
 */

/** @type {Map<string, Control>} */
const controls = new Map();

/**
 * Load a control; "short-text" is controls/short_text.js.
 *
 * @param {string} name
 */
export async function loadControl(name) {
  const { control } = await import(`./controls/${name.replaceAll("-", "_")}.js`);
  controls.set(name, control);
}

/**
 * Load the controls of all questions on the page. To be awaited before a Quiz is made.
 *
 * @param {ParentNode} page
 */
export async function loadControls(page) {
  const questions = [...page.querySelectorAll("[data-control]")];
  const names = new Set(questions.map((question) => question.getAttribute("data-control") ?? ""));
  await Promise.all([...names].map(loadControl));
}

/**
 * @param {HTMLElement} question
 * @returns {Control}
 */
export function controlOf(question) {
  const control = controls.get(question.dataset.control ?? "");
  if (control) return control;
  throw new Error(`no control is called ${question.dataset.control}`);
}
