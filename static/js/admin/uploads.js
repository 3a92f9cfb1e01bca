/** Diagrams: sent as soon as they are chosen, named in the text at the cursor. */

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
}

/** @param {HTMLFormElement} form @param {File} file @returns {Promise<string>} what came of it */
async function upload(form, file) {
  const body = new FormData();
  body.set("file", file);
  body.set("exercise", form.dataset.exercise ?? "");
  body.set("csrfmiddlewaretoken", new FormData(form).get("csrfmiddlewaretoken") ?? "");
  try {
    const answer = await fetch(form.dataset.filesUrl ?? "", { method: "POST", body });
    const said = await answer.json();
    return answer.ok ? take(form, said) : said.error;
  } catch (error) {
    return `The file was not sent: ${error}.`;
  }
}

/** @param {HTMLFormElement} form @param {{name: string, removed: string[], stamp: string}} said */
function take(form, said) {
  const stamp = form.elements.namedItem("stamp");
  if (stamp instanceof HTMLInputElement) stamp.value = said.stamp;
  const words = `![What it shows](${said.name})`;
  const text = form.querySelector("textarea[data-markdown]");
  if (text instanceof HTMLTextAreaElement) {
    text.setRangeText(`\n\n${words}\n\n`, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  list(form, said.name);
  const removed = said.removed.length ? ` Taken out: ${said.removed.join("; ")}.` : "";
  return `${said.name} is there.${removed} Now say what it shows, for those who can't see it.`;
}

/** @param {HTMLFormElement} form @param {string} name */
function list(form, name) {
  const entry = `![…](${name})`;
  const there = form.querySelector("[data-picture-list]");
  if (!there || [...there.children].some((item) => item.textContent === entry)) return;
  const item = document.createElement("li");
  const code = document.createElement("code");
  item.className = "inside__row";
  code.textContent = entry;
  item.append(code);
  there.append(item);
}

/** @param {HTMLFormElement} form @param {string} text */
function say(form, text) {
  const state = form.querySelector("[data-upload-state]");
  if (state) state.textContent = text;
}
