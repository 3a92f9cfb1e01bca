/** Preview the text as students will see it, rendered by the server a moment after the last key. */

const PAUSE_MS = 300;

/** @param {HTMLFormElement} form */
export function startPreview(form) {
  const text = form.querySelector("textarea[data-markdown]");
  const sheet = form.querySelector("[data-preview]");
  if (!(text instanceof HTMLTextAreaElement) || !(sheet instanceof HTMLElement)) return;
  const page = makePage(sheet, (form.dataset.styles ?? "").split(" "));
  const preview = new Preview(form, text, page);
  form.addEventListener("input", () => preview.schedule());
  form.addEventListener("picturechange", () => preview.schedule());
  void preview.update();
}

/**
 * Create a page of its own inside the admin's, whose styles end at its edge.
 *
 * @param {HTMLElement} sheet
 * @param {string[]} styles
 * @returns {HTMLElement}
 */
function makePage(sheet, styles) {
  const root = sheet.attachShadow({ mode: "open" });
  for (const href of styles) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    root.append(link);
  }
  const page = document.createElement("div");
  page.className = "prose";
  root.append(page);
  return page;
}

class Preview {
  #timer = 0;
  /** @type {AbortController | null} */
  #request = null;
  #form;
  #text;
  #page;

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLTextAreaElement} text
   * @param {HTMLElement} page
   */
  constructor(form, text, page) {
    this.#form = form;
    this.#text = text;
    this.#page = page;
  }

  schedule() {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.update(), PAUSE_MS);
  }

  async update() {
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    try {
      const url = this.#form.dataset.previewUrl ?? "";
      const answer = await fetch(url, {
        method: "POST",
        body: this.#body(),
        redirect: "manual",
        signal,
      });
      if (answer.type === "opaqueredirect") throw new Error("you have been signed out");
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      this.#show(await answer.json());
    } catch (error) {
      const aborted = error instanceof DOMException && error.name === "AbortError";
      if (!aborted) this.#setState(`No preview: ${error}.`);
    }
  }

  #body() {
    const fields = new FormData(this.#form);
    const { lesson = "", exercise = "", machines = "" } = this.#form.dataset;
    const body = new FormData();
    body.set("text", this.#text.value);
    body.set("lesson", lesson);
    body.set("exercise", exercise);
    body.set("machines", machines || machineNames(this.#form));
    body.set("csrfmiddlewaretoken", fields.get("csrfmiddlewaretoken") ?? "");
    for (const [name, value] of fields) if (name.startsWith("questions-")) body.set(name, value);
    return body;
  }

  /**
   * Show what the server has rendered; it has cleaned the HTML, as for students.
   *
   * @param {{html: string, problems: {line: number, field: string, message: string}[]}} rendered
   */
  #show({ html, problems }) {
    this.#page.innerHTML = html;
    this.#leadLinks();
    // Arrow keys scroll a block that is wider than its frame, once it can take the focus.
    for (const code of this.#page.querySelectorAll("pre")) code.tabIndex = 0;
    const items = problems.map(({ line, field, message }) => {
      const item = document.createElement("li");
      item.textContent = `${line ? `line ${line}: ` : ""}${field}: ${message}`;
      return item;
    });
    this.#form.querySelector("[data-problems]")?.replaceChildren(...items);
    this.#setState(problems.length ? "This can't be saved yet:" : "As students will see it.");
  }

  /** Let links to other lessons lead where they do on the lesson's own page, in a new tab. */
  #leadLinks() {
    const page = this.#form.dataset.page ?? "";
    for (const link of this.#page.querySelectorAll("a")) {
      const href = link.getAttribute("href") ?? "";
      if (!href.startsWith("../")) continue;
      if (page) link.href = new URL(href, new URL(page, document.baseURI)).href;
      else link.removeAttribute("href");
      link.target = "_blank";
    }
  }

  /** @param {string} text */
  #setState(text) {
    const state = this.#form.querySelector("[data-preview-state]");
    if (state && state.textContent !== text) state.textContent = text;
  }
}

/**
 * List the names of the machines that the form has now, with commas between.
 *
 * @param {HTMLFormElement} form
 */
export function machineNames(form) {
  const entries = [...new FormData(form)].filter(([name]) => /^machines-\d+-name$/.test(name));
  return entries.map(([, value]) => value).join(",");
}
