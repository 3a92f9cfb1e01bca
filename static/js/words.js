/** Sandbox states and times in plain words. Pure: what is shown depends on the arguments alone. */

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

/** @param {number} number @returns {string} "3rd" */
export function ordinal(number) {
  const teens = number % 100 >= 11 && number % 100 <= 13;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

/** @param {number} number @param {string} noun @returns {string} "1 point", "2 points" */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {number} seconds @returns {string} "1 h 5 min", "12 min", "less than a minute" */
export function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "less than a minute";
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return `${minutes} min`;
  return rest ? `${hours} h ${rest} min` : `${hours} h`;
}

/** @param {number} seconds @returns {string} a guess, rounded as guesses should be */
export function estimate(seconds) {
  if (seconds < 10) return "a few seconds";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} seconds`;
  return seconds < 90 ? "about a minute" : `about ${duration(Math.round(seconds / 60) * 60)}`;
}

/** @param {number} bytes @returns {string} "50 MB" */
export function megabytes(bytes) {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

const READ_ON = "Read on in the meantime: the text and its hints need no machine.";

/** @type {Scene} */
const NOTHING = {
  tone: "rest",
  bar: "No machine",
  title: "No machine yet",
  text: "This lesson is done in a machine of your own. It takes a moment to get one.",
  button: { label: "Start the machine", action: "start" },
};

/** @type {Record<import("./types.js").SandboxState, (sandbox: import("./types.js").SandboxPayload, idleMinutes: number) => Scene>} */
const SCENES = {
  requested: (sandbox) => {
    const { place, estimate_seconds: seconds, full } = sandbox.queue ?? { place: 1, estimate_seconds: 0, full: false };
    return {
      tone: "busy",
      bar: "Waiting for a machine",
      title: place === 1 ? "You are next" : `You are ${ordinal(place)} in the queue`,
      text: full
        ? `All machines are in use. One should be free in ${estimate(seconds)}.`
        : `Other machines are starting just now. Yours should be there in ${estimate(seconds)}.`,
        more: READ_ON,
    };
  },
  starting: (sandbox) => ({
    tone: "busy",
    bar: "Starting your machine",
    title: "Starting your machine",
    text: sandbox.reason || "It takes a second or two.",
    more: READ_ON,
  }),
  ready: () => ({ tone: "good", bar: "Your machine is running" }),
  parked: (sandbox, idleMinutes) => ({
    tone: "warn",
    bar: "Your machine is asleep",
    title: "Your machine is asleep",
    text: sandbox.reason || `Nobody typed in it for ${duration(idleMinutes * 60)}, so it made room for others.`,
    more: "Programs that were running in it have been stopped.",
    button: { label: "Wake it up", action: "wake" },
  }),
  ending: () => ({
    tone: "busy",
    bar: "Putting your files away",
    title: "Putting your files away",
    text: "Your home folder is being kept; the rest of the machine is removed.",
  }),
  gone: (sandbox) => ({
    tone: "rest",
    bar: "No machine",
    title: "The machine has been given back",
    text: sandbox.reason || `Your home folder was kept, up to ${megabytes(sandbox.home_max_bytes)}, and comes back with the next one.`,
    button: { label: "Start a new one", action: "start" },
  }),
  failed: (sandbox) => ({
    tone: "bad",
    bar: "The machine failed",
    title: "The machine failed",
    text: sandbox.reason || "Something broke on our side.",
    more: "Try again. If it keeps failing, tell your instructor what it says here. Your points are safe.",
    button: { label: "Try again", action: "start" },
  }),
};

/** What to show for a sandbox.
 * @param {import("./types.js").SandboxPayload | null} sandbox
 * @param {number} idleMinutes after which a machine is parked
 * @returns {Scene} */
export function sceneOf(sandbox, idleMinutes) {
  return sandbox ? SCENES[sandbox.state](sandbox, idleMinutes) : NOTHING;
}

/** What to show while a request for a machine is under way. @type {Scene} */
export const ASKING = {
  tone: "busy",
  bar: "Getting your machine",
  title: "Getting your machine ready",
  text: "It takes a moment.",
};

/** @type {Scene} */
export const OFFLINE = {
  tone: "warn",
  bar: "Drydock can't be reached",
  title: "Drydock can't be reached",
  text: "Your network or our server is away. The page keeps trying by itself.",
  more: "If you had a machine, it goes on running without you.",
  button: { label: "Try now", action: "start" },
};

/** @type {Scene} */
export const SIGNED_OUT = {
  tone: "warn",
  bar: "You are signed out",
  title: "You are signed out",
  text: "Sign in again to go on where you stopped. Your machine is still there.",
  button: { label: "Sign in", action: "sign-in" },
};

/** @param {string} message @returns {Scene} */
export function refused(message) {
  return {
    tone: "bad",
    bar: "No machine",
    title: "That didn't work",
    text: message,
    button: { label: "Try again", action: "start" },
  };
}

/** What a terminal's banner says; empty for none.
 * @param {import("./terminal/connection.js").ConnectionState} state
 * @param {import("./terminal/connection.js").StateDetail} detail
 * @returns {string} */
export function bannerOf(state, detail) {
  switch (state) {
    case "reconnecting": {
      const seconds = Math.round((detail.retryInMs ?? 0) / 1000);
      const when = seconds > 1 ? ` Trying again in ${seconds} s.` : " Reconnecting.";
      return `${detail.message || "The connection was lost. Your shell goes on."}${when}`;
    }
    case "offline":
      return "You are offline. Your shell goes on, and the page reconnects when the network is back.";
    case "too-many":
      return detail.message || "Too many terminals are open. Close one in another tab first.";
    case "not-yours":
      return "This terminal is no longer there.";
    case "refused":
      return "This page and the server don't understand each other. Reload the page.";
    default:
      return "";
  }
}
