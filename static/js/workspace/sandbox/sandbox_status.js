/** Word a sandbox's state for bar and overlay. Depends on arguments and language alone. */

import { duration, estimate, megabytes } from "../../lib/format.js";
import { fill, gettext } from "../../lib/i18n.js";

/**
 * @import { Accelerator, SandboxPayload, SandboxState } from "../../lib/api_types.js"
 * @typedef {"good" | "busy" | "warn" | "bad" | "rest"} Tone
 * @typedef {"start" | "wake" | "sign-in"} OverlayAction
 *
 * @typedef {object} SandboxStatus
 * @property {Tone} tone
 * @property {string} bar what the sandbox bar says
 * @property {string} [title] of the overlay; without a title the terminal is shown
 * @property {string} [text]
 * @property {string} [more]
 * @property {{label: string, action: OverlayAction}} [button]
 *
 * @typedef {(sandbox: SandboxPayload, idleMinutes: number) => SandboxStatus} StatusMaker
 */

/**
 * What a machine's tab says about how its virtual machines run.
 *
 * @type {Record<Accelerator, {label: string, title: string}>}
 */
export const ACCELERATORS = {
  kvm: {
    label: "KVM",
    title: gettext("Virtual machines run on this host's own processor here (KVM)."),
  },
  tcg: {
    label: gettext("emulated"),
    title: gettext(
      "Virtual machines run on an emulated processor here, several times slower than a real one.",
    ),
  },
};

const READ_ON = gettext("Read on in the meantime: the text and its hints need no machine.");

/** @type {SandboxStatus} */
const NONE = {
  tone: "rest",
  bar: gettext("No machine"),
  title: gettext("No machine yet"),
  text: gettext("You do this lesson in a machine of your own. It takes a moment to start."),
  button: { label: gettext("Start the machine"), action: "start" },
};

/** @type {Record<SandboxState, StatusMaker>} */
const BY_STATE = {
  requested: (sandbox) => {
    const queue = sandbox.queue ?? { place: 1, estimate_seconds: 0, full: false };
    const { place, estimate_seconds: seconds, full } = queue;
    const why = full
      ? gettext("All machines are in use. One should be free in %(time)s.")
      : gettext("Other machines are starting just now. Yours should be there in %(time)s.");
    const title =
      place === 1
        ? gettext("You are next")
        : fill(gettext("You are number %(place)s in the queue"), { place });
    return {
      tone: "busy",
      bar: gettext("Waiting for a machine"),
      title,
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
  parked: (sandbox, idleMinutes) => {
    const text = gettext("Nobody typed in it for %(time)s, so it was put to sleep to make room for others.");
    return {
      tone: "warn",
      bar: gettext("Your machine is asleep"),
      title: gettext("Your machine is asleep"),
      text: sandbox.reason || fill(text, { time: duration(idleMinutes * 60) }),
      more: gettext("Programs that were running in it have been stopped."),
      button: { label: gettext("Wake it up"), action: "wake" },
    };
  },
  ending: () => ({
    tone: "busy",
    bar: gettext("Saving your files"),
    title: gettext("Saving your files"),
    text: gettext("Your home folder is being saved; the rest of the machine is removed."),
  }),
  gone: (sandbox) => {
    const text = gettext(
      "Your home folder was saved, up to %(size)s, and comes back with the next one.",
    );
    return {
      tone: "rest",
      bar: gettext("No machine"),
      title: gettext("The machine has been given back"),
      text: sandbox.reason || fill(text, { size: megabytes(sandbox.home_max_bytes) }),
      button: { label: gettext("Start a new one"), action: "start" },
    };
  },
  failed: (sandbox) => ({
    tone: "bad",
    bar: gettext("The machine failed"),
    title: gettext("The machine failed"),
    text: sandbox.reason || gettext("Something broke on our side."),
    more: gettext(
      "Try again. If it fails again, tell your instructor what it says here. Your points are safe.",
    ),
    button: { label: gettext("Try again"), action: "start" },
  }),
};

/**
 * Word what is to be shown for a sandbox.
 *
 * @param {SandboxPayload | null} sandbox
 * @param {number} idleMinutes after which a machine is parked
 * @returns {SandboxStatus}
 */
export function statusOf(sandbox, idleMinutes) {
  return sandbox ? BY_STATE[sandbox.state](sandbox, idleMinutes) : NONE;
}

/**
 * The status while a request for a machine is under way.
 *
 * @type {SandboxStatus}
 */
export const ASKING = {
  tone: "busy",
  bar: gettext("Getting your machine"),
  title: gettext("Getting your machine ready"),
  text: gettext("It takes a moment."),
};

/** @type {SandboxStatus} */
export const OFFLINE = {
  tone: "warn",
  bar: gettext("Drydock can't be reached"),
  title: gettext("Drydock can't be reached"),
  text: gettext("Your network or our server is down. The page keeps trying by itself."),
  more: gettext("If you had a machine, it keeps running without you."),
  button: { label: gettext("Try now"), action: "start" },
};

/** @type {SandboxStatus} */
export const SIGNED_OUT = {
  tone: "warn",
  bar: gettext("You are signed out"),
  title: gettext("You are signed out"),
  text: gettext("Sign in again to continue where you stopped. Your machine is still there."),
  button: { label: gettext("Sign in"), action: "sign-in" },
};

/**
 * @param {string} message
 * @returns {SandboxStatus}
 */
export function refusedStatus(message) {
  return {
    tone: "bad",
    bar: gettext("No machine"),
    title: gettext("That didn't work"),
    text: message,
    button: { label: gettext("Try again"), action: "start" },
  };
}
