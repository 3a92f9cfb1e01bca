/**
 * Keep what was typed when the session has ended before the form is sent: the form asks first, stays
 * as it is, and comes back after signing in.
 */

const PREFIX = "drydock-unsent:";
const UNSENT = "_unsent";

/** @param {HTMLFormElement} form */
export function startSession(form) {
  if (bringBack(form)) return;
  let confirmed = false;
  form.addEventListener("submit", (event) => {
    if (confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // nothing is sent yet
    void ask(form).then((signedIn) => {
      if (!signedIn) return;
      confirmed = true;
      form.requestSubmit(event.submitter);
      confirmed = false;
    });
  });
  notice(form, "[data-signed-out]")
    ?.querySelector("a")
    ?.addEventListener("click", () => keep(form));
}

/**
 * Ask the server whether somebody is signed in, take the token that the form needs now, and show why
 * it can't be sent.
 *
 * @param {HTMLFormElement} form
 * @returns {Promise<boolean>}
 */
async function ask(form) {
  const signedOut = notice(form, "[data-signed-out]");
  const unreached = notice(form, "[data-unreached]");
  if (signedOut) signedOut.hidden = true;
  if (unreached) unreached.hidden = true;
  try {
    const answer = await fetch(form.dataset.sessionUrl ?? "", { redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      keep(form);
      if (signedOut) signedOut.hidden = false;
      signedOut?.focus();
      return false;
    }
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    window.sessionStorage.removeItem(place()); // it is sent now
    const { csrf } = await answer.json();
    const token = form.elements.namedItem("csrfmiddlewaretoken");
    if (token instanceof HTMLInputElement) token.value = csrf;
    return true;
  } catch {
    if (unreached) unreached.hidden = false;
    unreached?.scrollIntoView({ block: "nearest" });
    return false;
  }
}

/**
 * Keep the form's fields in this tab.
 *
 * @param {HTMLFormElement} form
 */
function keep(form) {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  window.sessionStorage.setItem(place(), JSON.stringify(fields));
  form.dispatchEvent(new Event("kept"));
}

/**
 * Show what was kept, by asking the server for the form with it; it is saved only when the author
 * says so.
 *
 * @param {HTMLFormElement} form
 * @returns {boolean} whether there was anything
 */
function bringBack(form) {
  const text = window.sessionStorage.getItem(place());
  if (text === null) return false;
  window.sessionStorage.removeItem(place());
  const sender = document.createElement("form");
  sender.method = "post";
  sender.hidden = true;
  const token = new FormData(form).get("csrfmiddlewaretoken");
  const fields = [...JSON.parse(text), ["csrfmiddlewaretoken", token], [UNSENT, ""]];
  for (const [name, value] of fields) {
    const field = document.createElement("textarea"); // keeps line ends
    field.name = name;
    field.value = value;
    sender.append(field);
  }
  document.body.append(sender);
  sender.submit();
  return true;
}

function place() {
  return PREFIX + window.location.pathname + window.location.search;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
function notice(form, selector) {
  return form.querySelector(selector);
}
