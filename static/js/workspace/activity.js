/** What engines say about this lesson's machines, for whichever part of the page wants to know: a `machine-activity` event
 * on the document, with the message in `detail`. Its texts may be a student's own: show them as text, never as HTML. */

/** @param {import("../lib/api_types.js").MachineEventMessage} message @param {string} lesson "course/lesson" */
export function tellActivity(message, lesson) {
  if (message.lesson === lesson) document.dispatchEvent(new CustomEvent("machine-activity", { detail: message }));
}
