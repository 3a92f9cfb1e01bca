/** Run the admin's editor: rows to add, move and remove, fields of a kind, preview, pictures. */

import { startMarkdownToolbar } from "./markdown_toolbar.js";
import { startPreview } from "./preview.js";
import { startSession } from "./session.js";
import { startUploads } from "./uploads.js";

const form = document.querySelector("form[data-editor]");
if (form instanceof HTMLFormElement) start(form);

/** @param {HTMLFormElement} form */
function start(form) {
  form.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
    else click(event.target);
  });
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement && "kind" in target.dataset) showKind(target);
  });
  for (const select of form.querySelectorAll("select[data-kind]")) {
    if (select instanceof HTMLSelectElement) showKind(select);
  }
  startSession(form);
  warnBeforeLeaving(form);
  startPreview(form);
  startUploads(form);
  startMarkdownToolbar(form);
  const faults = form.querySelector("[data-faults]");
  if (faults instanceof HTMLElement) faults.focus();
}

/** @param {HTMLElement} target */
function click(target) {
  if ("add" in target.dataset) return addRow(target, target.dataset.add ?? "");
  const row = target.closest("[data-row]");
  if (!(row instanceof HTMLElement)) return;
  if ("up" in target.dataset) row.previousElementSibling?.before(row);
  else if ("down" in target.dataset) row.nextElementSibling?.after(row);
  else if ("remove" in target.dataset) return removeRow(row);
  else return;
  target.focus();
  dispatchInput(row);
}

/**
 * Add a row at the end. A row's number says when it was added; the server goes by the rows' order.
 *
 * @param {HTMLElement} button
 * @param {string} blank the name with its placeholder
 */
function addRow(button, blank) {
  const list = button.closest("[data-list]");
  const template = list?.querySelector(":scope > template");
  const rows = list?.querySelector(":scope > [data-rows]");
  if (!(template instanceof HTMLTemplateElement) || !rows) return;
  const placeholder = blank.match(/__row\d+__$/)?.[0] ?? "";
  const number = String(freeNumber(rows, blank, placeholder));
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll(placeholder, number);
  const row = holder.content.firstElementChild;
  if (!(row instanceof HTMLElement)) return;
  rows.append(row);
  const field = row.querySelector("input, textarea, select");
  if (field instanceof HTMLElement) field.focus();
  dispatchInput(row);
}

/**
 * Find the number after the greatest in use.
 *
 * @param {Element} rows
 * @param {string} blank
 * @param {string} placeholder
 */
function freeNumber(rows, blank, placeholder) {
  const prefix = blank.slice(0, -placeholder.length);
  const fields = [...rows.querySelectorAll(`[name^="${prefix}"]`)];
  const numbers = fields.map((field) => {
    return Number.parseInt((field.getAttribute("name") ?? "").slice(prefix.length), 10);
  });
  return Math.max(-1, ...numbers.filter(Number.isFinite)) + 1;
}

/** @param {HTMLElement} row */
function removeRow(row) {
  const list = row.closest("[data-list]");
  row.remove();
  const add = list?.querySelector(":scope > [data-add]");
  if (add instanceof HTMLElement) {
    add.focus();
    dispatchInput(add);
  }
}

/**
 * Tell the form that it was edited.
 *
 * @param {HTMLElement} element
 */
function dispatchInput(element) {
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Show the fields that the chosen kind has.
 *
 * @param {HTMLSelectElement} select
 */
function showKind(select) {
  const group = select.closest("[data-group]");
  for (const field of group?.querySelectorAll(":scope > [data-kinds]") ?? []) {
    if (!(field instanceof HTMLElement)) continue;
    field.hidden = !field.dataset.kinds?.split(" ").includes(select.value);
  }
}

/** @param {HTMLFormElement} form */
function warnBeforeLeaving(form) {
  let dirty = "unsent" in form.dataset;
  form.addEventListener("kept", () => (dirty = false));
  form.addEventListener("input", () => (dirty = true));
  form.addEventListener("submit", () => (dirty = false));
  window.addEventListener("beforeunload", (event) => dirty && event.preventDefault());
}
