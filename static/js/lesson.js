/** Run the lesson page: put its parts together and keep them in step. */

import { AutoCheck } from "./exercises/auto_check.js";
import { loadControls } from "./exercises/controls.js";
import { Exercise } from "./exercises/exercise.js";
import { call } from "./lib/api.js";
import { wireCodeBlocks } from "./lib/code_blocks.js";
import { find, toast } from "./lib/dom.js";
import { exercisesPassed } from "./lib/format.js";
import { offerTour } from "./reading/tour.js";
import { publishProgress, showCourseProgress } from "./reading/progress.js";
import { wireGuesses } from "./lib/guesses.js";
import { gettext } from "./lib/i18n.js";
import { recall, remember } from "./lib/storage.js";
import { wireContents } from "./reading/contents.js";
import { explainTerms } from "./reading/glossary.js";
import { PanelDock } from "./panels/dock.js";
import { wirePanelLinks } from "./panels/text_places.js";
import { keepPlace } from "./reading/place.js";
import { wireActivity } from "./workspace/activity/activity_panel.js";
import { EventSocket } from "./workspace/event_socket.js";
import { wireKeptKeys } from "./workspace/terminals/kept_keys.js";
import { storedLayout } from "./workspace/terminals/stored_layout.js";
import { wireSplitBar } from "./workspace/terminals/split_bar.js";
import { terminalOpener } from "./workspace/terminals/opening.js";
import { wirePanes } from "./workspace/panes.js";
import { blockRunner } from "./workspace/terminals/run_blocks.js";
import { Sandbox } from "./workspace/sandbox/sandbox.js";
import { fileSaver } from "./workspace/save_blocks.js";
import { wireSandboxNotice } from "./workspace/sandbox/sandbox_notice.js";
import { wireSetupNotices } from "./workspace/sandbox/setup_notices.js";
import { wireShortcuts } from "./workspace/shortcuts.js";
import { TerminalPane } from "./workspace/sandbox/terminal_pane.js";
import { wireTabMenu } from "./workspace/terminals/tab_menu.js";
import { wireTabs } from "./workspace/terminals/tabs.js";
import { Terminals } from "./workspace/terminals/terminals.js";
import { guardUnload } from "./workspace/terminals/unload_guard.js";

/** @import { LessonData, MachineEventMessage, SubmissionPayload } from "./lib/api_types.js" */

const POLL_MS = 5_000;
/**
 * While something waits, word of it comes every three seconds; after so long without any the page
 * asks. A class that waits would otherwise ask for the same all the time.
 */
const QUIET_MS = 4_000;

/** @returns {LessonData} */
function readData() {
  return JSON.parse(find("#lesson-data", HTMLScriptElement).text);
}

/**
 * @param {LessonData} data
 * @returns {Map<string, Exercise>} by slug
 */
function wireExercises(data) {
  const exercises = new Map();
  const markInContents = wireContents(find("#main", HTMLElement));
  const changed = () => {
    showProgress([...exercises.values()]);
    for (const [slug, exercise] of exercises) markInContents(slug, exercise.passed);
  };
  for (const exercise of data.exercises) {
    const root = find(`[data-exercise="${exercise.slug}"]`, HTMLElement);
    exercises.set(exercise.slug, new Exercise(root, exercise, data.lesson, changed));
  }
  if (exercises.size) changed();
  return exercises;
}

/** @param {Exercise[]} exercises */
function showProgress(exercises) {
  const passed = exercises.filter((exercise) => exercise.passed).length;
  const all = exercises.length;
  showCourseProgress(passed === all);
  publishProgress(passed);
  find("[data-progress]", HTMLElement).textContent = exercisesPassed(passed, all);
  find("#lesson-progress", HTMLElement).toggleAttribute("data-all-passed", passed === all);
}

/** @param {Map<string, Exercise>} exercises */
async function refreshSubmissions(exercises) {
  for (const exercise of exercises.values()) {
    if (!exercise.open) continue;
    /** @type {SubmissionPayload | null} */
    const submission = await call("GET", `submissions/${exercise.open.id}`).catch(() => null);
    if (submission) exercise.update(submission);
    if (exercise.open) exercise.stillOpen(submission !== null);
  }
}

/**
 * Show what happened in the machines while this page was not there.
 *
 * @param {Sandbox} sandbox
 * @param {(messages: MachineEventMessage[]) => void} show
 */
async function refreshActivity({ payload }, show) {
  if (!payload || !document.querySelector("#activity")) return;
  const recent = await call("GET", `sandboxes/${payload.id}/activity`).catch(() => null);
  if (recent) show(recent.events);
}

/**
 * Wire the tools above the terminals: search, and a screen-reader mode that is remembered.
 *
 * @param {HTMLElement} pane
 * @param {Terminals} terminals
 */
function wireTools(pane, terminals) {
  const reader = find('[data-tool="reader"]', HTMLButtonElement, pane);
  const set = (/** @type {boolean} */ on) => {
    reader.setAttribute("aria-pressed", String(on));
    terminals.setScreenReader(on);
  };
  set(recall("screen-reader") === "on");
  reader.addEventListener("click", () => {
    const on = reader.getAttribute("aria-pressed") !== "true";
    remember("screen-reader", on ? "on" : "off");
    set(on);
    toast(
      on
        ? gettext("Screen-reader mode is on: output is read out.")
        : gettext("Screen-reader mode is off."),
    );
  });
  const search = find('[data-tool="search"]', HTMLButtonElement, pane);
  search.addEventListener("click", () => terminals.current?.openSearch());
}

/**
 * @param {LessonData} data
 * @param {Map<string, Exercise>} exercises
 */
function startWithMachines(data, exercises) {
  const root = find("#terminal-pane", HTMLElement);
  const layout = storedLayout(data);
  /** @type {PanelDock | null} */
  let dock = null;
  const terminals = new Terminals(root, layout);
  const sandbox = new Sandbox(data.lesson, data.sandbox, () => changed(), toast);
  const pane = new TerminalPane(root, sandbox, data);
  const focusTerminal = () => terminals.focus();
  const panes = wirePanes(find("#workspace", HTMLElement), {
    focusTerminal,
    focusPanels: () => dock?.focus() ?? false,
    changed: () => dock?.noticeVisibility(),
  });
  const openTerminal = terminalOpener(layout, terminals, () => panes.show("terminal"));
  const text = find("#main", HTMLElement);
  if (data.panels.length) {
    dock = new PanelDock(find("#panels", HTMLElement), data, {
      text,
      openTerminal: (request) => void openTerminal(request),
      showPane: panes.show,
    });
  } else wirePanelLinks(text, [], () => {});
  const { rename, close } = wireTabMenu(root, layout, terminals);
  const enter = () => terminals.focusWhenLive();
  const showTabs = wireTabs(root, layout, { enter, rename, close });
  const showLayout = () => {
    showTabs();
    terminals.show();
    dock?.choose(layout.machine);
  };
  layout.onChange(showLayout);
  wireSplitBar(root, layout);
  wireShortcuts(() => panes.enter("terminal"), panes.toggleText);

  const showActivity = wireActivity(root, data.machines.length);
  const showSetupNotices = wireSetupNotices(find("#main", HTMLElement), sandbox);

  const showNotice = wireSandboxNotice(root, sandbox, data.lesson);
  let shownSandbox = data.sandbox?.id;

  function changed() {
    pane.show();
    showNotice();
    showSetupNotices();
    terminals.follow(sandbox);
    dock?.follow(sandbox.payload, pane.status);
    if (sandbox.payload?.id === shownSandbox) return;
    shownSandbox = sandbox.payload?.id;
    void refreshActivity(sandbox, showActivity);
  }

  const run = blockRunner(terminals, pane, (machine) => {
    layout.choose(layout.preferred(machine));
    panes.show("terminal");
  });

  const save = dock?.has("files") ? fileSaver(dock, pane) : null;

  showLayout();
  wireTools(root, terminals);
  wireCodeBlocks(text, { run, save });
  wireKeptKeys(root, terminals);
  guardUnload(terminals);
  root.addEventListener("terminal-lost", () => void sandbox.refresh());
  root.addEventListener("signed-out", () => sandbox.signedOut());
  root.addEventListener("focus-left", () => terminals.focusWhenLive());
  listen(data, sandbox, exercises, () => void refreshActivity(sandbox, showActivity));
  new AutoCheck([...exercises.values()], data.lesson).wire(root);
  changed();
  if (!sandbox.payload || ["gone", "failed"].includes(sandbox.payload.state)) void sandbox.start();
  window.drydock = {
    sandbox,
    terminals: terminals.views,
    openTerminal,
    text: (terminal) => terminals.views.get(terminal)?.text ?? "",
  };
}

/**
 * Start a lesson that has no machines.
 *
 * @param {LessonData} data
 * @param {Map<string, Exercise>} exercises
 */
function startWithoutMachines(data, exercises) {
  wirePanelLinks(find("#main", HTMLElement), [], () => {});
  wireCodeBlocks(find("#main", HTMLElement), { run: async () => false });
  wireShortcuts();
  if (exercises.size) listen(data, null, exercises);
}

/**
 * Dispatch what an engine reports about this lesson's machines, as an event of the document.
 *
 * Its texts may be a student's own: show them as text, never as HTML.
 *
 * @param {MachineEventMessage} message
 */
function dispatchActivity(message) {
  document.dispatchEvent(new CustomEvent("machine-activity", { detail: message }));
}

/**
 * Keep up with what happens elsewhere: by events, and by asking while the events' socket is down or
 * something is under way.
 *
 * @param {LessonData} data
 * @param {Sandbox | null} sandbox
 * @param {Map<string, Exercise>} exercises
 * @param {() => void} [missed] called when events may have been missed
 */
function listen(data, sandbox, exercises, missed = () => {}) {
  const refresh = () => {
    if (sandbox?.sync.kind === "signed-out") return;
    void sandbox?.refresh();
    void refreshSubmissions(exercises);
  };
  let heard = Date.now();
  const exerciseAt = (/** @type {string} */ path) => {
    const prefix = `${data.lesson}/`;
    return path.startsWith(prefix) ? exercises.get(path.slice(prefix.length)) : undefined;
  };
  const events = new EventSocket(data.urls.events, {
    onEvent: (event) => {
      if (["sandbox", "submission"].includes(event.type)) heard = Date.now();
      if (event.type === "sandbox") sandbox?.hear(event.sandbox);
      else if (event.type === "submission") {
        exerciseAt(event.submission.exercise)?.update(event.submission);
      } else if (event.type === "look") exerciseAt(event.look.exercise)?.showAutoCheck(event.look);
      else if (event.type === "machine-event" && event.lesson === data.lesson) {
        dispatchActivity(event);
      }
    },
    onUp: (up) => {
      if (!up) return;
      refresh();
      missed();
    },
    onSignedOut: () => sandbox?.signedOut(),
  });
  const busy = () => sandbox?.moving || [...exercises.values()].some((exercise) => exercise.open);
  events.open();
  window.setInterval(() => {
    const quiet = Date.now() - heard >= QUIET_MS;
    const asks = !events.up || (busy() && quiet);
    if (document.visibilityState === "visible" && asks) refresh();
  }, POLL_MS);
}

const data = readData();
keepPlace(find("#main", HTMLElement), data.lesson);
await loadControls(document);
const exercises = wireExercises(data);
wireGuesses(find("#main", HTMLElement), data.lesson);
offerTour();
explainTerms(find("#main", HTMLElement), data.glossary);
if (data.machines.length) startWithMachines(data, exercises);
else startWithoutMachines(data, exercises);
