/** The admin's editor: rows that are added, moved and removed, fields that belong to a kind, preview and diagrams. */

import { startPreview } from "./preview.js";
import { startUploads } from "./uploads.js";
import { startWriting } from "./markdown_toolbar.js";

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
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement && "kind" in event.target.dataset) showKind(event.target);
  });
  for (const select of form.querySelectorAll("select[data-kind]")) {
    if (select instanceof HTMLSelectElement) showKind(select);
  }
  warnBeforeLeaving(form);
  startPreview(form);
  startUploads(form);
  startWriting(form);
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
  changed(row);
}

/** Put a new row at the end. Rows are numbered by when they came: the server goes by where they stand.
 * @param {HTMLElement} button @param {string} blank the name with its placeholder */
function addRow(button, blank) {
  const list = button.closest("[data-list]");
  const template = list?.querySelector(":scope > template");
  const rows = list?.querySelector(":scope > [data-rows]");
  if (!(template instanceof HTMLTemplateElement) || !rows) return;
  const placeholder = blank.match(/__row\d+__$/)?.[0] ?? "";
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll(placeholder, String(freeNumber(rows, blank, placeholder)));
  const row = holder.content.firstElementChild;
  if (!(row instanceof HTMLElement)) return;
  rows.append(row);
  const field = row.querySelector("input, textarea, select");
  if (field instanceof HTMLElement) field.focus();
  changed(row);
}

/** One more than the greatest number in use. @param {Element} rows @param {string} blank @param {string} placeholder */
function freeNumber(rows, blank, placeholder) {
  const prefix = blank.slice(0, -placeholder.length);
  const numbers = [...rows.querySelectorAll(`[name^="${prefix}"]`)].map((field) =>
    Number.parseInt((field.getAttribute("name") ?? "").slice(prefix.length), 10),
  );
  return Math.max(-1, ...numbers.filter(Number.isFinite)) + 1;
}

/** @param {HTMLElement} row */
function removeRow(row) {
  const list = row.closest("[data-list]");
  row.remove();
  const add = list?.querySelector(":scope > [data-add]");
  if (add instanceof HTMLElement) {
    add.focus();
    changed(add);
  }
}

/** Tell the form that it was edited. @param {HTMLElement} where */
function changed(where) {
  where.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Show the fields that the chosen kind has. @param {HTMLSelectElement} select */
function showKind(select) {
  for (const field of select.closest("[data-group]")?.querySelectorAll(":scope > [data-kinds]") ?? []) {
    if (field instanceof HTMLElement) field.hidden = !field.dataset.kinds?.split(" ").includes(select.value);
  }
}

/** @param {HTMLFormElement} form */
function warnBeforeLeaving(form) {
  let dirty = false;
  form.addEventListener("input", () => (dirty = true));
  form.addEventListener("submit", () => (dirty = false));
  window.addEventListener("beforeunload", (event) => dirty && event.preventDefault());
}
