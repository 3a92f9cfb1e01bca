/** The lesson page: puts the parts together and keeps them in step. */

import { Bench, wireTabs } from "./workspace/terminal_pane.js";
import { wireActivity } from "./workspace/activity_panel.js";
import { tellActivity } from "./workspace/activity.js";
import { call } from "./lib/api.js";
import { find, recall, remember, toast } from "./lib/dom.js";
import { Events } from "./workspace/event_socket.js";
import { Exercise } from "./exercises/exercise.js";
import { gettext } from "./lib/i18n.js";
import { Live } from "./exercises/auto_check.js";
import { wirePanes } from "./workspace/panes.js";
import { wirePreparing } from "./workspace/setup_notices.js";
import { wireCode } from "./lib/code_blocks.js";
import { Sandbox } from "./workspace/sandbox.js";
import { wireShortcuts } from "./workspace/shortcuts.js";
import { Terminals } from "./workspace/terminals.js";
import { exercisesPassed } from "./workspace/sandbox_status.js";

const POLL_MS = 5_000;

/** @typedef {import("./lib/api_types.js").LessonData} LessonData */

/** @returns {LessonData} */
function readData() {
  return JSON.parse(find("#lesson-data", HTMLScriptElement).text);
}

/** @param {LessonData} data @returns {Map<string, Exercise>} by slug */
function wireExercises(data) {
  const exercises = new Map();
  const changed = () => showProgress([...exercises.values()]);
  for (const exercise of data.exercises) {
    const root = find(`[data-exercise="${exercise.slug}"]`, HTMLElement);
    exercises.set(exercise.slug, new Exercise(root, exercise, data.lesson, changed));
  }
  return exercises;
}

/** @param {Exercise[]} exercises */
function showProgress(exercises) {
  const passed = exercises.filter((exercise) => exercise.passed).length;
  find("[data-progress]", HTMLElement).textContent = exercisesPassed(passed, exercises.length);
  find("#lesson-progress", HTMLElement).toggleAttribute("data-all-passed", passed === exercises.length);
}

/** @param {Map<string, Exercise>} exercises @param {import("./lib/api_types.js").SubmissionPayload} submission @param {string} lesson */
function hearSubmission(exercises, submission, lesson) {
  const slug = submission.exercise.slice(lesson.length + 1);
  if (submission.exercise === `${lesson}/${slug}`) exercises.get(slug)?.update(submission);
}

/** @param {Map<string, Exercise>} exercises @param {import("./lib/api_types.js").LookPayload} look @param {string} lesson */
function hearLook(exercises, look, lesson) {
  const slug = look.exercise.slice(lesson.length + 1);
  if (look.exercise === `${lesson}/${slug}`) exercises.get(slug)?.seen(look);
}

/** @param {Map<string, Exercise>} exercises */
async function refreshSubmissions(exercises) {
  for (const exercise of exercises.values()) {
    if (!exercise.open) continue;
    const submission = await call("GET", `submissions/${exercise.open.id}`).catch(() => null);
    if (submission) exercise.update(/** @type {import("./lib/api_types.js").SubmissionPayload} */ (submission));
    if (exercise.open) exercise.stillOpen(submission !== null);
  }
}

/** Screen-reader mode: a switch that is remembered. @param {HTMLElement} bench @param {Terminals} terminals */
function wireTools(bench, terminals) {
  const reader = find('[data-tool="reader"]', HTMLButtonElement, bench);
  const set = (/** @type {boolean} */ on) => {
    reader.setAttribute("aria-pressed", String(on));
    terminals.setScreenReader(on);
  };
  set(recall("screen-reader") === "on");
  reader.addEventListener("click", () => {
    const on = reader.getAttribute("aria-pressed") !== "true";
    remember("screen-reader", on ? "on" : "off");
    set(on);
    toast(on ? gettext("Screen-reader mode is on: output is read out.") : gettext("Screen-reader mode is off."));
  });
  find('[data-tool="search"]', HTMLButtonElement, bench).addEventListener("click", () => terminals.current?.openSearch());
}

/** @param {LessonData} data */
function startText(data) {
  const exercises = wireExercises(data);
  if (exercises.size) showProgress([...exercises.values()]);
  return exercises;
}

/** @param {LessonData} data @param {Map<string, Exercise>} exercises */
function startMachines(data, exercises) {
  const root = find("#terminal-pane", HTMLElement);
  const terminals = new Terminals(root);
  const sandbox = new Sandbox(data.lesson, data.sandbox, () => changed(), toast);
  const bench = new Bench(root, sandbox, data);
  const panes = wirePanes(find("#workspace", HTMLElement), terminals);
  const tabKey = `tab:${data.lesson}`;
  const choose = (/** @type {string} */ machine) => {
    remember(tabKey, machine);
    terminals.choose(machine);
  };
  const tabs = wireTabs(root, choose, () => terminals.focus());
  wireShortcuts(() => {
    panes.show("terminal");
    terminals.focus();
  });

  const showPreparing = wirePreparing(find("#main", HTMLElement), sandbox);

  function changed() {
    bench.show();
    showPreparing();
    terminals.follow(sandbox);
  }

  /** @param {string} machine @param {string} keys */
  function type(machine, keys) {
    tabs.choose(machine);
    panes.show("terminal");
    const typed = terminals.type(machine, keys);
    if (!typed) toast(gettext("The machine isn't ready for that yet."));
    return typed;
  }

  tabs.choose(recall(tabKey) ?? "");
  wireTools(root, terminals);
  wireActivity(root, data.machines.length);
  wireCode(find("#main", HTMLElement), type);
  root.addEventListener("terminal-lost", () => void sandbox.refresh());
  root.addEventListener("signed-out", () => sandbox.signedOut());
  root.addEventListener("focus-left", () => terminals.focusWhenLive());
  listen(data, sandbox, exercises);
  new Live([...exercises.values()], data.lesson).wire(root);
  changed();
  if (!sandbox.payload || ["gone", "failed"].includes(sandbox.payload.state)) void sandbox.start();
  window.drydock = { sandbox, terminals: terminals.views, text: (machine) => terminals.views.get(machine)?.text ?? "" };
}

/** A lesson without machines. @param {LessonData} data @param {Map<string, Exercise>} exercises */
function startReading(data, exercises) {
  wireCode(find("#main", HTMLElement), () => false);
  wireShortcuts(() => {});
  if (exercises.size) listen(data, null, exercises);
}

/** Keep up with what happens elsewhere: by events, and by asking while these are away or something is under way.
 * @param {LessonData} data @param {Sandbox | null} sandbox @param {Map<string, Exercise>} exercises */
function listen(data, sandbox, exercises) {
  const refresh = () => {
    if (sandbox?.standing.kind === "signed-out") return;
    void sandbox?.refresh();
    void refreshSubmissions(exercises);
  };
  const events = new Events(data.urls.events, {
    onEvent: (event) => {
      if (event.type === "sandbox") sandbox?.hear(event.sandbox);
      else if (event.type === "submission") hearSubmission(exercises, event.submission, data.lesson);
      else if (event.type === "look") hearLook(exercises, event.look, data.lesson);
      else if (event.type === "machine-event") tellActivity(event, data.lesson);
    },
    onUp: (up) => up && refresh(),
    onSignedOut: () => sandbox?.signedOut(),
  });
  const busy = () => sandbox?.moving || [...exercises.values()].some((exercise) => exercise.open);
  events.open();
  window.setInterval(() => {
    if (document.visibilityState === "visible" && (!events.up || busy())) refresh();
  }, POLL_MS);
}

const data = readData();
const exercises = startText(data);
if (data.machines.length) startMachines(data, exercises);
else startReading(data, exercises);
