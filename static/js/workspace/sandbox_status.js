/** Sandbox states and times in plain words. Pure: what is shown depends on the arguments and the language alone. */

import { fill, gettext, ngettext } from "../lib/i18n.js";

/**
 * @typedef {"good" | "busy" | "warn" | "bad" | "rest"} Tone
 * @typedef {"start" | "wake" | "reload" | "sign-in"} StageAction
 * @typedef {object} Scene
 * @property {Tone} tone
 * @property {string} bar what the sandbox bar says
 * @property {string} [title] of the stage; without one the terminal is shown
 * @property {string} [text]
 * @property {string} [more]
 * @property {{label: string, action: StageAction}} [button]
 */

/** @param {number} earned @param {number} points @returns {string} "1 of 2 points" */
export function pointsOf(earned, points) {
  return fill(ngettext("%(earned)s of %(count)s point", "%(earned)s of %(count)s points", points), { earned });
}

/** @param {number} points @returns {string} "1 point", "2 points" */
export function pointsIn(points) {
  return ngettext("%(count)s point", "%(count)s points", points);
}

/** @param {number} passed @param {number} exercises @returns {string} */
export function exercisesPassed(passed, exercises) {
  const text = ngettext("%(passed)s of %(count)s exercise passed", "%(passed)s of %(count)s exercises passed", exercises);
  return fill(text, { passed });
}

/** @param {number} seconds @returns {string} "1 h 5 min", "12 min", "less than a minute" */
export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return gettext("less than a minute");
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return fill(gettext("%(minutes)s min"), { minutes });
  return rest ? fill(gettext("%(hours)s h %(rest)s min"), { hours, rest }) : fill(gettext("%(hours)s h"), { hours });
}

/** @param {number} seconds @returns {string} a guess, rounded as guesses should be */
export function estimate(seconds) {
  if (seconds < 10) return gettext("a few seconds");
  if (seconds < 55) return fill(gettext("about %(seconds)s seconds"), { seconds: Math.ceil(seconds / 10) * 10 });
  if (seconds < 90) return gettext("about a minute");
  return fill(gettext("about %(time)s"), { time: duration(Math.round(seconds / 60) * 60) });
}

/** @param {number} bytes @returns {string} "50 MB", which no line breaks */
export function megabytes(bytes) {
  return fill(gettext("%(number)s\u00a0MB"), { number: Math.round(bytes / 1_000_000) });
}

/** What a machine's tab says of how its virtual machines run. @type {Record<import("../lib/api_types.js").Accelerator, {label: string, title: string}>} */
export const ACCELERATORS = {
  kvm: { label: "KVM", title: gettext("Virtual machines run on this host's own processor here (KVM).") },
  tcg: {
    label: gettext("emulated"),
    title: gettext("Virtual machines run on a processor that software emulates here, several times slower than hardware."),
  },
};

const READ_ON = gettext("Read on in the meantime: the text and its hints need no machine.");

/** @type {Scene} */
const NOTHING = {
  tone: "rest",
  bar: gettext("No machine"),
  title: gettext("No machine yet"),
  text: gettext("This lesson is done in a machine of your own. It takes a moment to get one."),
  button: { label: gettext("Start the machine"), action: "start" },
};

/** @type {Record<import("../lib/api_types.js").SandboxState, (sandbox: import("../lib/api_types.js").SandboxPayload, idleMinutes: number) => Scene>} */
const SCENES = {
  requested: (sandbox) => {
    const { place, estimate_seconds: seconds, full } = sandbox.queue ?? { place: 1, estimate_seconds: 0, full: false };
    const why = full
      ? gettext("All machines are in use. One should be free in %(time)s.")
      : gettext("Other machines are starting just now. Yours should be there in %(time)s.");
    return {
      tone: "busy",
      bar: gettext("Waiting for a machine"),
      title: place === 1 ? gettext("You are next") : fill(gettext("You are number %(place)s in the queue"), { place }),
      text: fill(why, { time: estimate(seconds) }),
      more: READ_ON,
    };
  },
  starting: (sandbox) => ({
    tone: "busy",
    bar: gettext("Starting your machine"),
    title: gettext("Starting your machine"),
    text: sandbox.reason || gettext("It takes a second or two."),
    more: READ_ON,
  }),
  ready: () => ({ tone: "good", bar: gettext("Your machine is running") }),
  parked: (sandbox, idleMinutes) => ({
    tone: "warn",
    bar: gettext("Your machine is asleep"),
    title: gettext("Your machine is asleep"),
    text:
      sandbox.reason ||
      fill(gettext("Nobody typed in it for %(time)s, so it made room for others."), { time: duration(idleMinutes * 60) }),
    more: gettext("Programs that were running in it have been stopped."),
    button: { label: gettext("Wake it up"), action: "wake" },
  }),
  ending: () => ({
    tone: "busy",
    bar: gettext("Putting your files away"),
    title: gettext("Putting your files away"),
    text: gettext("Your home folder is being kept; the rest of the machine is removed."),
  }),
  gone: (sandbox) => ({
    tone: "rest",
    bar: gettext("No machine"),
    title: gettext("The machine has been given back"),
    text:
      sandbox.reason ||
      fill(gettext("Your home folder was kept, up to %(size)s, and comes back with the next one."), {
        size: megabytes(sandbox.home_max_bytes),
      }),
    button: { label: gettext("Start a new one"), action: "start" },
  }),
  failed: (sandbox) => ({
    tone: "bad",
    bar: gettext("The machine failed"),
    title: gettext("The machine failed"),
    text: sandbox.reason || gettext("Something broke on our side."),
    more: gettext("Try again. If it keeps failing, tell your instructor what it says here. Your points are safe."),
    button: { label: gettext("Try again"), action: "start" },
  }),
};

/** What to show for a sandbox.
 * @param {import("../lib/api_types.js").SandboxPayload | null} sandbox
 * @param {number} idleMinutes after which a machine is parked
 * @returns {Scene} */
export function sceneOf(sandbox, idleMinutes) {
  return sandbox ? SCENES[sandbox.state](sandbox, idleMinutes) : NOTHING;
}

/** What to show while a request for a machine is under way. @type {Scene} */
export const ASKING = {
  tone: "busy",
  bar: gettext("Getting your machine"),
  title: gettext("Getting your machine ready"),
  text: gettext("It takes a moment."),
};

/** @type {Scene} */
export const OFFLINE = {
  tone: "warn",
  bar: gettext("Drydock can't be reached"),
  title: gettext("Drydock can't be reached"),
  text: gettext("Your network or our server is away. The page keeps trying by itself."),
  more: gettext("If you had a machine, it goes on running without you."),
  button: { label: gettext("Try now"), action: "start" },
};

/** @type {Scene} */
export const SIGNED_OUT = {
  tone: "warn",
  bar: gettext("You are signed out"),
  title: gettext("You are signed out"),
  text: gettext("Sign in again to go on where you stopped. Your machine is still there."),
  button: { label: gettext("Sign in"), action: "sign-in" },
};

/** @param {string} message @returns {Scene} */
export function refused(message) {
  return {
    tone: "bad",
    bar: gettext("No machine"),
    title: gettext("That didn't work"),
    text: message,
    button: { label: gettext("Try again"), action: "start" },
  };
}

/** What a terminal's banner says; empty for none.
 * @param {import("../terminal/connection.js").ConnectionState} state
 * @param {import("../terminal/connection.js").StateDetail} detail
 * @returns {string} */
export function bannerOf(state, detail) {
  switch (state) {
    case "reconnecting": {
      const seconds = Math.round((detail.retryInMs ?? 0) / 1000);
      const when = seconds > 1 ? fill(gettext("Trying again in %(seconds)s s."), { seconds }) : gettext("Reconnecting.");
      return `${detail.message || gettext("The connection was lost. Your shell goes on.")} ${when}`;
    }
    case "offline":
      return gettext("You are offline. Your shell goes on, and the page reconnects when the network is back.");
    case "too-many":
      return detail.message || gettext("Too many terminals are open. Close one in another tab first.");
    case "not-yours":
      return gettext("This terminal is no longer there.");
    case "refused":
      return gettext("This page and the server don't understand each other. Reload the page.");
    default:
      return "";
  }
}
