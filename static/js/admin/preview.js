/** The text as students will see it, rendered by the server a moment after the last key. */

const PAUSE_MS = 300;

/** @param {HTMLFormElement} form */
export function startPreview(form) {
  const text = form.querySelector("textarea[data-markdown]");
  const sheet = form.querySelector("[data-preview]");
  if (!(text instanceof HTMLTextAreaElement) || !(sheet instanceof HTMLElement)) return;
  const preview = new Preview(form, text, makePage(sheet, (form.dataset.styles ?? "").split(" ")));
  form.addEventListener("input", () => preview.soon());
  form.addEventListener("picturechange", () => preview.soon());
  void preview.now();
}

/** A page of its own inside the admin's: the admin's styles end at its edge.
 * @param {HTMLElement} sheet @param {string[]} styles @returns {HTMLElement} */
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
  /** @param {HTMLFormElement} form @param {HTMLTextAreaElement} text @param {HTMLElement} page */
  constructor(form, text, page) {
    this.form = form;
    this.text = text;
    this.page = page;
    this.timer = 0;
    /** @type {AbortController | null} */
    this.request = null;
  }

  soon() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.now(), PAUSE_MS);
  }

  async now() {
    this.request?.abort();
    this.request = new AbortController();
    try {
      const url = this.form.dataset.previewUrl ?? "";
      const answer = await fetch(url, { method: "POST", body: this.body(), signal: this.request.signal });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      this.show(await answer.json());
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.say(`No preview: ${error}.`);
    }
  }

  body() {
    const body = new FormData();
    const { lesson = "", exercise = "", machines = "" } = this.form.dataset;
    const token = new FormData(this.form).get("csrfmiddlewaretoken") ?? "";
    const values = { text: this.text.value, lesson, exercise, machines: machines || machineNames(this.form) };
    for (const [name, value] of Object.entries({ ...values, csrfmiddlewaretoken: token })) body.set(name, value);
    for (const [name, value] of new FormData(this.form)) if (name.startsWith("questions-")) body.set(name, value);
    return body;
  }

  /** The HTML has been cleaned by the server, as for students.
   * @param {{html: string, problems: {line: number, field: string, message: string}[]}} rendered */
  show(rendered) {
    this.page.innerHTML = rendered.html;
    // What may be wider than its frame is scrolled with the arrow keys, for which it must take the focus.
    for (const code of this.page.querySelectorAll("pre")) code.tabIndex = 0;
    const list = this.form.querySelector("[data-problems]");
    list?.replaceChildren(
      ...rendered.problems.map(({ line, field, message }) => {
        const item = document.createElement("li");
        item.textContent = `${line ? `line ${line}: ` : ""}${field}: ${message}`;
        return item;
      }),
    );
    this.say(rendered.problems.length ? "This would not be saved:" : "As students will see it.");
  }

  /** @param {string} text */
  say(text) {
    const state = this.form.querySelector("[data-preview-state]");
    if (state && state.textContent !== text) state.textContent = text;
  }
}

/** The machines as they stand in the form: names with commas. @param {HTMLFormElement} form */
export function machineNames(form) {
  const entries = [...new FormData(form)].filter(([name]) => /^machines-\d+-name$/.test(name));
  return entries.map(([, value]) => value).join(",");
}
