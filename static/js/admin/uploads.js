/** Pictures: sent as soon as they are chosen, named in the text at the cursor; removed by their buttons. */

/** @param {HTMLFormElement} form */
export function startUploads(form) {
  const input = form.querySelector("input[data-upload]");
  if (!(input instanceof HTMLInputElement)) return;
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    say(form, await upload(form, file));
    input.value = "";
  });
  form.querySelector("[data-picture-list]")?.addEventListener("click", async (event) => {
    const name = event.target instanceof HTMLElement ? event.target.dataset.drop : undefined;
    if (name) say(form, await drop(form, name));
  });
}

/** @param {HTMLFormElement} form @param {File} file @returns {Promise<string>} what came of it */
async function upload(form, file) {
  return send(form, "file", file, (said) => take(form, said));
}

/** @param {HTMLFormElement} form @param {string} name @returns {Promise<string>} what came of it */
async function drop(form, name) {
  return send(form, "remove", name, () => {
    form.querySelector(`[data-picture="${CSS.escape(name)}"]`)?.remove();
    form.querySelector("input[data-upload]")?.closest("label")?.focus();
    return `${name} is gone.`;
  });
}

/** @typedef {{name: string, done: string[], stamp: string}} Said */

/** @param {HTMLFormElement} form @param {string} field @param {File | string} value @param {(said: Said) => string} take
 * @returns {Promise<string>} */
async function send(form, field, value, take) {
  const body = new FormData();
  body.set(field, value);
  body.set("exercise", form.dataset.exercise ?? "");
  body.set("csrfmiddlewaretoken", String(new FormData(form).get("csrfmiddlewaretoken") ?? ""));
  try {
    const answer = await fetch(form.dataset.filesUrl ?? "", { method: "POST", body });
    const said = await answer.json();
    if (!answer.ok) return said.error;
    const stamp = form.elements.namedItem("stamp");
    if (stamp instanceof HTMLInputElement) stamp.value = said.stamp;
    return take(said);
  } catch (error) {
    return `The server was not reached: ${error}.`;
  }
}

/** @param {HTMLFormElement} form @param {Said} said */
function take(form, said) {
  const words = `![What it shows](${said.name})`;
  const text = form.querySelector("textarea[data-markdown]");
  if (text instanceof HTMLTextAreaElement) {
    text.setRangeText(`\n\n${words}\n\n`, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  list(form, said.name);
  const done = said.done.length ? ` ${said.done.join("; ")}.` : "";
  return `${said.name} is there.${done} Now say what it shows, for those who can't see it.`;
}

/** @param {HTMLFormElement} form @param {string} name */
function list(form, name) {
  const entry = `![…](${name})`;
  const there = form.querySelector("[data-picture-list]");
  if (!there || there.querySelector(`[data-picture="${CSS.escape(name)}"]`)) return;
  const item = document.createElement("li");
  const code = document.createElement("code");
  const button = document.createElement("button");
  item.className = "inside__row inside__picture";
  item.dataset.picture = name;
  code.textContent = entry;
  button.type = "button";
  button.className = "button";
  button.dataset.drop = name;
  button.textContent = "Remove";
  item.append(code, button);
  there.append(item);
}

/** @param {HTMLFormElement} form @param {string} text */
function say(form, text) {
  const state = form.querySelector("[data-upload-state]");
  if (state) state.textContent = text;
}
