/** Where the customer writes: text, files, the way to a human, and how much room is left. */

import { el, icon } from "./dom.js";

const LONGEST_TEXT = 4000;
const NEARLY = 3600;
const LARGEST_FILE = 10 * 2 ** 20;
const FILE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"];
// The gateway refuses them, and nobody types them on purpose.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Cs}/gu;
const CLIP = "M8 12l5-5a3 3 0 0 1 4 4l-7 7a5 5 0 0 1-7-7l7-7";
const PLANE = "M4 12l16-8-5 16-3-7z";
const PERSON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0";

export class Composer {
  /** `on` hears text(text), file(file), human() and problem(text). */
  constructor(t, on) {
    Object.assign(this, { t, on });
    this.input = el("textarea", { id: "text", rows: 1, placeholder: t("write"), enterkeyhint: "send" });
    this.picker = el("input", { type: "file", accept: FILE_TYPES.join(), hidden: true, tabindex: -1 });
    this.sendButton = el("button", { class: "send", "aria-label": t("send"), title: t("send") }, icon(PLANE));
    this.counter = el("span", { class: "counter", role: "status" });
    this.humanButton = el("button", { type: "button", class: "human" }, icon(PERSON), t("human"));
    this.humanButton.addEventListener("click", () => on.human());
    this.node = this.#build();
    this.#listen();
    this.#changed();
  }

  focus() {
    this.input.focus();
  }

  /** Put a text in for the customer to check and send. */
  set(text) {
    this.input.value = text;
    this.#changed();
  }

  /** True once a human has been asked for: the header then says how things stand. */
  set hasHuman(value) {
    this.humanButton.hidden = value;
  }

  #build() {
    const { t } = this;
    const attach = { type: "button", class: "attach", "aria-label": t("attach"), title: t("attach") };
    return el(
      "form",
      { class: "composer", novalidate: true },
      el("label", { class: "hidden", for: "text" }, t("write")),
      this.picker,
      el(
        "div",
        { class: "line" },
        el("button", { ...attach, onclick: () => this.picker.click() }, icon(CLIP)),
        this.input,
        this.sendButton,
      ),
      el("div", { class: "below" }, this.humanButton, this.counter),
    );
  }

  #listen() {
    this.node.addEventListener("submit", (event) => this.#submit(event));
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("paste", (event) => this.#paste(event));
    this.picker.addEventListener("change", () => {
      this.#files(this.picker.files);
      this.picker.value = "";
    });
  }

  #key(event) {
    // Enter also ends a word in some input methods.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.node.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text();
    if (!text || [...text].length > LONGEST_TEXT) return;
    this.set("");
    this.on.text(text);
  }

  #paste(event) {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    this.#files(files);
  }

  #files(files) {
    for (const file of files) {
      if (!FILE_TYPES.includes(file.type)) this.on.problem(this.t("file_type"));
      else if (file.size > LARGEST_FILE) this.on.problem(this.t("file_size"));
      else this.on.file(file);
    }
  }

  #text() {
    return this.input.value.replace(CONTROL, "").trim();
  }

  #changed() {
    // Counted as the gateway counts: an emoji is one character.
    const left = LONGEST_TEXT - [...this.#text()].length;
    const isNear = left < LONGEST_TEXT - NEARLY;
    this.counter.textContent = isNear ? this.t(left < 0 ? "too_long" : "left", { count: Math.abs(left) }) : "";
    this.counter.classList.toggle("over", left < 0);
    this.sendButton.disabled = left < 0 || left === LONGEST_TEXT;
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }
}
