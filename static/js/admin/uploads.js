/** Pictures of a lesson or an exercise: sent as soon as they are chosen, put into the text where the cursor is, replaced
 * and removed by their buttons. Nothing that was typed is lost, whatever the server says of a file. */

/** @typedef {{name: string, done: string[], stamp: string, html: string}} Said */

/** @param {HTMLFormElement} form */
export function startUploads(form) {
  const button = form.querySelector("[data-upload]");
  if (button instanceof HTMLElement) new Pictures(form, button).start();
}

class Pictures {
  /** The field for files is in no page: unfold writes the name of a file that is chosen in one into the nearest text
   * field, which here is the title (fileInputUpdatePath in its app.js).
   * @param {HTMLFormElement} form @param {HTMLElement} button */
  constructor(form, button) {
    this.form = form;
    this.button = button;
    this.file = document.createElement("input");
    this.file.type = "file";
    this.file.accept = button.dataset.upload ?? "";
    this.replaced = "";
  }

  start() {
    this.button.addEventListener("click", () => this.choose(""));
    this.file.addEventListener("change", () => void this.upload());
    this.form.querySelector("[data-picture-list]")?.addEventListener("click", (event) => {
      if (!(event.target instanceof HTMLElement)) return;
      const row = event.target.closest("[data-picture]");
      if (row instanceof HTMLElement) this.press(event.target, row.dataset.picture ?? "");
    });
  }

  /** @param {HTMLElement} button @param {string} name */
  press(button, name) {
    if ("insert" in button.dataset) this.insert(name);
    else if ("replace" in button.dataset) this.choose(name);
    else if ("drop" in button.dataset && window.confirm(button.dataset.ask)) void this.drop(name);
  }

  /** Let the reader choose a file. @param {string} replaced the picture whose place it takes, if any */
  choose(replaced) {
    this.replaced = replaced;
    this.file.click();
  }

  async upload() {
    const file = this.file.files?.[0];
    if (!file) return;
    this.say(`Sending ${file.name} …`);
    const said = await this.send({ file, replace: this.replaced });
    this.file.value = "";
    if (!said) return;
    const done = said.done.length ? ` (${said.done.join("; ")})` : "";
    if (this.replaced) return this.say(`${said.name} is replaced${done}.`);
    this.insert(said.name);
    this.say(`${said.name} is there${done}. Say between the brackets what it shows, for those who can't see it.`);
  }

  /** @param {string} name */
  async drop(name) {
    if (!(await this.send({ remove: name }))) return;
    this.say(`${name} is gone.`);
    this.button.focus();
  }

  /** What came of it; null, and the reason told, when nothing did.
   * @param {Record<string, string | File>} fields @returns {Promise<Said | null>} */
  async send(fields) {
    const body = new FormData();
    const typed = new FormData(this.form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    for (const name of ["csrfmiddlewaretoken", "stamp"]) body.set(name, typed.get(name) ?? "");
    body.set("exercise", this.form.dataset.exercise ?? "");
    try {
      const answer = await fetch(this.form.dataset.filesUrl ?? "", { method: "POST", body });
      const said = await answer.json();
      if (answer.ok) return this.take(said);
      this.say(said.error);
    } catch (error) {
      this.say(`The server was not reached: ${error}.`);
    }
    return null;
  }

  /** @param {Said} said */
  take(said) {
    const stamp = this.form.elements.namedItem("stamp");
    if (stamp instanceof HTMLInputElement) stamp.value = said.stamp;
    const list = this.form.querySelector("[data-picture-list]");
    if (list) list.innerHTML = said.html; // from the server's template, as when the page was opened
    this.form.dispatchEvent(new Event("picturechange"));
    return said;
  }

  /** Put a picture into the text, as a paragraph, with the cursor where its description belongs. @param {string} name */
  insert(name) {
    const text = this.form.querySelector("textarea[data-markdown]");
    if (!(text instanceof HTMLTextAreaElement)) return;
    text.setRangeText(`\n\n![](${name})\n\n`, text.selectionStart, text.selectionEnd, "start");
    const inside = text.selectionStart + "\n\n![".length;
    text.setSelectionRange(inside, inside);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  /** @param {string} text */
  say(text) {
    const state = this.form.querySelector("[data-upload-state]");
    if (state) state.textContent = text;
  }
}
