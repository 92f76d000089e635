/** <tellonce-chat src language identity resume open>: the customer's chat, in a shadow root that no page's style reaches. */

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { el, icon } from "./dom.js";
import { buttonsOf, render } from "./messages.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";

const HERE = new URL(".", import.meta.url);
const PHONE = "(max-width: 599px)";
const NOTICE_MS = 8000;
const BUBBLE = "M4 5h16v11H10l-5 4v-4H4z";
const CROSS = "M6 6l12 12M18 6L6 18";
const DOWN = "M12 5v14M6 13l6 6 6-6";

async function file(path) {
  const response = await fetch(new URL(path, HERE), { credentials: "omit" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

class TellonceChat extends HTMLElement {
  static observedAttributes = ["open"];

  async connectedCallback() {
    this.ready ??= this.#build();
    await this.ready;
    if (!this.isConnected) return;
    this.connection.listen();
    if (this.open) this.connection.start();
  }

  disconnectedCallback() {
    this.connection?.stop();
  }

  attributeChangedCallback() {
    if (!this.connection) return;
    this.#showOrHide();
    this.store.set({ open: this.open });
    if (this.open) this.#focus();
    else this.launcher.focus();
  }

  get open() {
    return this.hasAttribute("open");
  }

  set open(value) {
    this.toggleAttribute("open", value);
  }

  /** Open with a text ready to be sent: for a "ask about this" link of the shop's page. */
  async compose(text) {
    this.open = true;
    await this.ready;
    this.composer.set(text);
    this.composer.focus();
  }

  t(key, values = {}) {
    return this.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  async #build() {
    const wanted = this.getAttribute("language") || document.documentElement.lang || navigator.language;
    this.language = wanted.toLowerCase().startsWith("pl") ? "pl" : "en";
    this.gateway = new URL(this.getAttribute("src") || HERE, location.href).origin;
    const [texts, css] = await Promise.all([file(`texts/${this.language}.json`), file("chat.css")]);
    this.texts = await texts.json();
    // Made by script, a sheet needs no exception in the page's content policy.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(await css.text());
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.#draw();
    this.#connect();
    // The customer goes from page to page with the chat open; on a phone it would hide the page they went to.
    if (this.store.get().open && !matchMedia(PHONE).matches) this.open = true;
    this.#showOrHide();
  }

  #draw() {
    this.lang = this.language;
    this.who = el("strong", { id: "who" });
    this.about = el("span", {});
    this.badge = el("span", { class: "badge", hidden: true, "aria-hidden": "true" });
    this.launcher = el("button", { class: "launcher", onclick: () => (this.open = true) }, icon(BUBBLE), this.badge);
    this.log = el("div", { class: "log", role: "log", "aria-label": this.t("log"), "aria-busy": "true" });
    this.typing = el("div", { class: "typing", hidden: true }, el("span", { class: "hidden" }, this.t("typing")));
    this.typing.append(el("i"), el("i"), el("i"));
    this.newer = el("button", { type: "button", class: "newer", hidden: true }, icon(DOWN), this.t("newer"));
    this.notices = el("div", { class: "notices", role: "status" });
    this.composer = new Composer((key, values) => this.t(key, values), {
      text: (text) => this.#say({ text }, text),
      file: (chosen) => this.#upload(chosen),
      human: () => this.#say({ text: this.t("human_text") }, this.t("human_text")),
      problem: (text) => this.#tell(text),
    });
    this.panel = this.#panel();
    this.shadowRoot.append(this.launcher, this.panel);
    this.transcript = new Transcript(
      this.log,
      (message) => render(message, this.chat),
      (isThere) => (this.newer.hidden = !isThere),
    );
    this.newer.addEventListener("click", () => this.transcript.toEnd());
    this.#owner("bot");
  }

  #panel() {
    const close = { class: "close", type: "button", "aria-label": this.t("close"), title: this.t("close") };
    const panel = el(
      "section",
      { class: "panel", role: "dialog", "aria-label": this.t("chat"), tabindex: -1 },
      el(
        "header",
        {},
        el("span", { class: "face" }, icon(BUBBLE)),
        el("div", { class: "title", role: "status" }, this.who, this.about),
        el("button", { ...close, onclick: () => (this.open = false) }, icon(CROSS)),
      ),
      el("div", { class: "view", tabindex: 0, role: "region", "aria-label": this.t("log") }, this.log, this.typing),
      this.newer,
      this.notices,
      this.composer.node,
    );
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.open = false;
    });
    return panel;
  }

  #connect() {
    const store = new Store(this.gateway);
    Object.assign(this, { store, files: new Map(), unread: new Set(), notes: new Map() });
    this.connection = new Connection({
      gateway: this.gateway,
      language: this.language,
      identity: this.getAttribute("identity"),
      resume: this.getAttribute("resume"),
      store,
      on: {
        message: (message) => this.#message(message),
        state: (owner, typing) => this.#state(owner, typing),
        link: (isUp) => this.#note("link", isUp ? null : this.t("offline")),
        item: (item) => this.transcript.put(asMessage(item)),
        refused: (item, error) => this.#refused(item, error),
        limited: (seconds) => this.#note("limited", seconds ? this.t("limited", { seconds }) : null),
        reset: () => this.#reset(),
        expired: () => this.transcript.note(el("div", { class: "message system" }, this.t("expired"))),
        problem: (text) => this.#note("problem", text),
      },
    });
    this.chat = {
      t: (key, values) => this.t(key, values),
      language: this.language,
      gateway: this.gateway,
      file: (id) => this.#file(id),
      press: (button, pressed) => this.#press(button, pressed),
      resend: () => this.#resend(),
      tell: (text) => this.#tell(text),
      grown: () => this.transcript.grown(),
    };
  }

  #showOrHide() {
    this.panel.hidden = !this.open;
    this.launcher.hidden = this.open;
    if (this.open && this.connection.life) this.connection.start();
    this.transcript.grown();
    this.#read();
  }

  /** On a phone the keyboard would cover what there is to read. */
  #focus() {
    if (matchMedia("(pointer: coarse)").matches) this.panel.focus();
    else this.composer.focus();
  }

  #say(content, label) {
    this.connection.outbox.add(content, label);
    this.connection.start();
    this.#focus();
  }

  #resend() {
    this.connection.outbox.resume();
    this.connection.kick();
    this.#focus();
  }

  #press(button, pressed) {
    // One question, one answer: its other buttons are done too.
    for (const one of pressed.closest(".message").querySelectorAll(".buttons button")) one.disabled = true;
    pressed.classList.add("pressed");
    this.#say({ button: button.id }, button.title);
  }

  async #upload(chosen) {
    const { name } = chosen;
    this.#note("upload", this.t("uploading", { name }));
    try {
      this.#say({ attachment: await this.connection.upload(chosen) }, name);
    } catch (error) {
      this.#tell(error.status && error.message ? error.message : this.t("upload_failed", { name }));
    }
    this.#note("upload", null);
  }

  #file(id) {
    if (!this.files.has(id)) {
      const url = this.connection.file(id).then((blob) => URL.createObjectURL(blob));
      url.catch(() => this.files.delete(id));
      this.files.set(id, url);
    }
    return this.files.get(id);
  }

  #message(message) {
    this.transcript.put(message);
    if (message.sender === "customer") return;
    if (message.sender === "agent") this.agent = message.author;
    this.#owner(this.panel.dataset.owner);
    this.transcript.retireButtons(message);
    if (message.id > (this.store.get().seen ?? 0)) this.unread.add(message.id);
    this.#read();
  }

  #state(owner, typing) {
    this.log.setAttribute("aria-busy", "false");
    this.typing.hidden = !typing;
    // A person answers words: what the assistant had offered is withdrawn.
    if (owner === "agent") this.transcript.withoutButtons();
    this.transcript.grown();
    this.#owner(owner);
  }

  #owner(owner) {
    this.panel.dataset.owner = owner;
    this.who.textContent = (owner === "agent" && this.agent) || this.t(`who_${owner}`);
    this.about.textContent = this.t(`about_${owner}`);
    this.composer.hasHuman = owner !== "bot";
  }

  /** The gateway will not take it: say why, in its words, with the buttons that still work. */
  #refused(item, error) {
    this.transcript.drop(item.client_id);
    if (item.content.button) this.transcript.withoutButtons();
    const words = error.message || this.t("state_failed");
    const buttons = buttonsOf(error.details.buttons, this.chat);
    this.transcript.note(el("div", { class: "message system" }, words, buttons));
    if (item.content.text) this.composer.set(item.content.text);
  }

  #reset() {
    this.transcript.reset();
    this.log.setAttribute("aria-busy", "true");
    this.unread.clear();
    this.agent = null;
    this.#owner("bot");
    this.#count();
  }

  #read() {
    if (!this.open) return this.#count();
    const { cursor } = this.connection;
    if (cursor > (this.store.get().seen ?? 0)) this.store.set({ seen: cursor });
    this.unread.clear();
    this.#count();
  }

  #count() {
    const count = this.unread.size;
    this.badge.textContent = count;
    this.badge.hidden = !count;
    this.launcher.setAttribute("aria-label", this.t(count ? "open_unread" : "open", { count }));
  }

  #tell(text) {
    this.#note("told", text);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.#note("told", null), NOTICE_MS);
  }

  /** One line for each thing there is to say at the moment. */
  #note(key, text) {
    if (text) this.notes.set(key, text);
    else this.notes.delete(key);
    this.notices.replaceChildren(...[...this.notes.values()].map((line) => el("p", {}, line)));
    this.transcript.grown();
  }
}

function asMessage({ client_id, id, label, at, state }) {
  return { client_id, id, sender: "customer", text: label, at, state };
}

customElements.define("tellonce-chat", TellonceChat);
