/** Call the HTTP API with the session's cookie and CSRF token. */

import { gettext } from "./i18n.js";

/** Represent a call that failed. `code` is the API's, or "offline" when no answer came at all. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 when offline
   * @param {string} code
   * @param {string} message for a person
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const OFFLINE = new ApiError(
  0,
  "offline",
  gettext("Drydock can't be reached just now. Check your network, then try again."),
);
const TIMEOUT_MS = 20_000;

/**
 * The server's clock minus ours, in ms, from the answers' Date headers: how much time a machine
 * has left must not depend on how well this computer's clock is set.
 */
let clockOffset = 0;

/** @returns {number} milliseconds since 1970 by the server's clock */
export function serverNow() {
  return Date.now() + clockOffset;
}

/** @returns {string} */
function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?drydock_csrf=([^;]+)/);
  const field = /** @type {HTMLInputElement | null} */ (
    document.querySelector("[name=csrfmiddlewaretoken]")
  );
  return cookie?.[1] ?? field?.value ?? "";
}

/** @param {Response} response */
function noteClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  // The header has whole seconds: two or more apart is a wrong clock, less is noise.
  clockOffset = Math.abs(date - Date.now()) < 2_000 ? 0 : date - Date.now();
}

/**
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function errorOf(response) {
  const body = await response.json().catch(() => null);
  const message =
    body?.error?.message ?? gettext("Something broke on our side. Try again in a moment.");
  return new ApiError(response.status, body?.error?.code ?? "error", message);
}

/**
 * Call the API below /api/.
 *
 * @template T
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path such as "sandboxes/…"
 * @param {object} [body] sent as JSON
 * @returns {Promise<T>}
 * @throws {ApiError}
 */
export async function call(method, path, body) {
  const headers = {
    Accept: "application/json",
    "X-CSRFToken": csrfToken(),
    "Content-Type": "application/json",
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { method, headers, signal, body: body && JSON.stringify(body) };
  const response = await fetch(`/api/${path}`, options).catch(() => null);
  if (!response) throw OFFLINE;
  noteClock(response);
  if (!response.ok) throw await errorOf(response);
  return response.json();
}
