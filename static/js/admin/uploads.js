/**
 * Upload pictures of a lesson or an exercise: each is sent as soon as it is chosen, put into the
 * text where the cursor is, and replaced or removed by its buttons. Nothing that was typed is lost,
 * whatever the server says about a file.
 */

/** @typedef {{name: string, done: string[], stamp: string, html: string}} UploadReply */

/** @param {HTMLFormElement} form */
export function startUploads(form) {
  const button = form.querySelector("[data-upload]");
  if (button instanceof HTMLElement) new Pictures(form, button).start();
}

class Pictures {
  #form;
  #button;
  /**
   * The file field, which is in no page: unfold would write a chosen file's name into the title
   * (fileInputUpdatePath in its app.js).
   */
  #file = document.createElement("input");
  #replaced = "";

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} button
   */
  constructor(form, button) {
    this.#form = form;
    this.#button = button;
    this.#file.type = "file";
    this.#file.accept = button.dataset.upload ?? "";
  }

  start() {
    this.#button.addEventListener("click", () => this.#choose(""));
    this.#file.addEventListener("change", () => void this.#upload());
    this.#form.querySelector("[data-picture-list]")?.addEventListener("click", ({ target }) => {
      if (!(target instanceof HTMLElement)) return;
      const row = target.closest("[data-picture]");
      if (row instanceof HTMLElement) this.#press(target, row.dataset.picture ?? "");
    });
  }

  /**
   * @param {HTMLElement} button
   * @param {string} name
   */
  #press(button, name) {
    if ("insert" in button.dataset) this.#insert(name);
    else if ("replace" in button.dataset) this.#choose(name);
    else if ("drop" in button.dataset && window.confirm(button.dataset.ask)) void this.#drop(name);
  }

  /**
   * Open the browser's file dialog.
   *
   * @param {string} replaced the picture whose place the file takes, if any
   */
  #choose(replaced) {
    this.#replaced = replaced;
    this.#file.click();
  }

  async #upload() {
    const file = this.#file.files?.[0];
    if (!file) return;
    this.#setState(`Sending ${file.name} …`);
    const reply = await this.#send({ file, replace: this.#replaced });
    this.#file.value = "";
    if (!reply) return;
    const { name, done } = reply;
    const changes = done.length ? ` (${done.join("; ")})` : "";
    if (this.#replaced) return this.#setState(`${name} is replaced${changes}.`);
    this.#insert(name);
    this.#setState(
      `${name} is there${changes}. Describe it between the brackets, for those who can't see it.`,
    );
  }

  /** @param {string} name */
  async #drop(name) {
    if (!(await this.#send({ remove: name }))) return;
    this.#setState(`${name} is gone.`);
    this.#button.focus();
  }

  /**
   * Post a change; on failure show the reason.
   *
   * @param {Record<string, string | File>} fields
   * @returns {Promise<UploadReply | null>} null on failure
   */
  async #send(fields) {
    const body = new FormData();
    const typed = new FormData(this.#form);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    for (const name of ["csrfmiddlewaretoken", "stamp"]) body.set(name, typed.get(name) ?? "");
    body.set("exercise", this.#form.dataset.exercise ?? "");
    try {
      const url = this.#form.dataset.filesUrl ?? "";
      const answer = await fetch(url, { method: "POST", body });
      const reply = await answer.json();
      if (answer.ok) return this.#take(reply);
      this.#setState(reply.error);
    } catch (error) {
      this.#setState(`The server was not reached: ${error}.`);
    }
    return null;
  }

  /** @param {UploadReply} reply */
  #take(reply) {
    const stamp = this.#form.elements.namedItem("stamp");
    if (stamp instanceof HTMLInputElement) stamp.value = reply.stamp;
    const list = this.#form.querySelector("[data-picture-list]");
    if (list) list.innerHTML = reply.html; // from the template that the page was made with
    this.#form.dispatchEvent(new Event("picturechange"));
    return reply;
  }

  /**
   * Insert a picture as a paragraph, with the cursor where its description belongs.
   *
   * @param {string} name
   */
  #insert(name) {
    const text = this.#form.querySelector("textarea[data-markdown]");
    if (!(text instanceof HTMLTextAreaElement)) return;
    text.setRangeText(`\n\n![](${name})\n\n`, text.selectionStart, text.selectionEnd, "start");
    const inside = text.selectionStart + "\n\n![".length;
    text.setSelectionRange(inside, inside);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  /** @param {string} text */
  #setState(text) {
    const state = this.#form.querySelector("[data-upload-state]");
    if (state) state.textContent = text;
  }
}
