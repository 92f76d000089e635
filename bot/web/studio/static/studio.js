/** The studio's frame: log-in, language, tabs and messages. Each tab is a module with `show(main, studio)`. */

import { Api, ApiError } from "./api.js";
import { el, field } from "./dom.js";
import * as intents from "./intents.js";
import * as metrics from "./metrics.js";
import * as responses from "./responses.js";
import * as training from "./training.js";
import * as trying from "./trying.js";
import * as unrecognised from "./unrecognised.js";

const TABS = { intents, responses, try: trying, training, unrecognised, metrics };
const LANGUAGES = ["pl", "en"];
const main = document.getElementById("main");
const notice = document.getElementById("notice");

class Studio {
  constructor() {
    this.api = new Api();
    this.api.onLoggedOut = () => this.logIn();
    this.texts = {};
    this.language = "pl";
    /** True while the open tab holds edits that were not saved. */
    this.dirty = false;
    this.leaving = new AbortController();
  }

  /** The words for `key`, with {values} filled in. */
  t(key, values = {}) {
    const words = this.texts[key] ?? key;
    return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  say(text, kind = "good") {
    notice.textContent = text;
    notice.className = `notice ${kind}`;
    notice.hidden = !text;
  }

  /** Do something that talks to the gateway; say what went wrong. Returns undefined then. */
  async attempt(work) {
    try {
      return await work();
    } catch (error) {
      this.say(this.explain(error), "bad");
      return undefined;
    }
  }

  explain(error) {
    if (!(error instanceof ApiError)) return this.t("no_connection");
    const known = this.texts[`reason_${error.details.reason}`];
    const words = error.message && error.message !== error.code ? error.message : this.texts[`error_${error.code}`];
    return known ? this.t(`reason_${error.details.reason}`, error.details) : words ?? error.code;
  }

  /** True when nothing is lost by going on, or the admin says so. */
  mayLeave() {
    return !this.dirty || window.confirm(this.t("leave_unsaved"));
  }

  async setLanguage(language) {
    this.language = this.api.language = LANGUAGES.includes(language) ? language : "pl";
    this.texts = await (await fetch(`/studio/static/texts/${this.language}.json`)).json();
    document.documentElement.lang = this.language;
    localStorage.setItem("tellonce.studio.language", this.language);
    document.getElementById("language").value = this.language;
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = this.t(node.dataset.text);
    const tabs = document.getElementById("tabs");
    tabs.setAttribute("aria-label", this.t("tabs"));
    tabs.replaceChildren(...Object.keys(TABS).map((name) => el("a", { href: `#${name}` }, this.t(`tab_${name}`))));
  }

  async start() {
    const preferred = navigator.language.startsWith("pl") ? "pl" : "en";
    await this.setLanguage(localStorage.getItem("tellonce.studio.language") ?? preferred);
    try {
      this.enter(await this.api.get("desk/me"));
    } catch (error) {
      if (error.status !== 401) this.say(this.explain(error), "bad");
      this.logIn();
    }
  }

  enter(user) {
    this.api.csrf = user.csrf;
    if (user.role !== "admin") {
      this.logIn();
      return this.say(this.t("admins_only"), "bad");
    }
    document.getElementById("user").textContent = user.name;
    document.getElementById("logout").hidden = document.getElementById("tabs").hidden = false;
    return this.route();
  }

  logIn() {
    this.leaving.abort();
    this.dirty = false;
    document.getElementById("logout").hidden = document.getElementById("tabs").hidden = true;
    const email = el("input", { type: "email", autocomplete: "username", required: true, name: "email" });
    const password = el("input", { type: "password", autocomplete: "current-password", required: true, name: "password" });
    const form = el("form", { class: "card login", onsubmit: (event) => {
      event.preventDefault();
      this.attempt(async () => {
        const user = await this.api.post("desk/login", { email: email.value, password: password.value });
        this.say("");
        await this.enter(user);
      });
    } },
    el("h1", {}, this.t("log_in")), field(this.t("email"), email), field(this.t("password"), password),
    el("button", { class: "primary" }, this.t("log_in")));
    main.replaceChildren(form);
    email.focus();
  }

  async logOut() {
    await this.attempt(() => this.api.post("desk/logout"));
    this.logIn();
  }

  get tab() {
    const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
    return TABS[name] ? [name, rest.join("/")] : ["intents", ""];
  }

  /** Show the tab the address names. */
  async route() {
    this.leaving.abort();
    this.leaving = new AbortController();
    this.dirty = false;
    const [name, detail] = this.tab;
    for (const link of document.querySelectorAll("#tabs a")) {
      if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${this.t(`tab_${name}`)} · TellOnce`;
    const place = el("section", { class: `view ${name}` });
    main.replaceChildren(place);
    await this.attempt(() => TABS[name].show(place, this, detail));
  }
}

const studio = new Studio();
let shown = location.hash;
window.addEventListener("hashchange", () => {
  if (document.getElementById("tabs").hidden) return;
  if (location.hash === shown) return;
  if (!studio.mayLeave()) return history.replaceState(null, "", shown || "#intents");
  shown = location.hash;
  studio.say("");
  studio.route();
});
window.addEventListener("beforeunload", (event) => { if (studio.dirty) event.preventDefault(); });
document.getElementById("logout").addEventListener("click", () => studio.mayLeave() && studio.logOut());
document.getElementById("language").addEventListener("change", async (event) => {
  if (!studio.mayLeave()) { event.target.value = studio.language; return; }
  await studio.setLanguage(event.target.value);
  studio.say("");
  if (document.getElementById("tabs").hidden) studio.logIn();
  else studio.route();
});
studio.start();
