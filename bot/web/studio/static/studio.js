/** The studio's frame: log-in, navigation, account, keys, and the guard of unsaved changes. */

import * as api from "/static/api.js";
import { $, busy, el, empty, fill, initials, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { sure } from "/static/dialog.js";
import { menu } from "/static/menu.js";
import { signIn } from "/static/signin.js";
import { LANGUAGES, language, load, preferred, t } from "/static/texts.js";
import { theme, THEMES, useTheme } from "/static/theme.js";
import { attempt } from "/static/toast.js";
import { get } from "./api.js";

// A tab is a module with `show(place, studio, rest)`; `rest` is what follows its name in the address.
const TABS = {
  intents: { icon: "spark" }, responses: { icon: "chat" }, unrecognised: { icon: "help" },
  try: { icon: "play", file: "trying" }, training: { icon: "refresh" }, history: { icon: "history" },
  metrics: { icon: "chart" }, users: { icon: "people" },
};
const GROUPS = { teach: ["intents", "responses", "unrecognised"], learn: ["try", "training", "history"], shop: ["metrics", "users"] };
const FOLDER = "/studio/static/texts";
/** A manager comes for the figures; the rest is the administrators'. */
const may = (name) => studio.user.role === "admin" || (studio.user.role === "manager" && name === "metrics");

const studio = {
  user: null,
  /** Aborted when the open tab is left. */
  leaving: new AbortController(),
  /** What the open tab holds unsaved: null, or its `save()`. */
  unsaved: null,
  get dirty() { return Boolean(this.unsaved); },
  set dirty(is) { this.unsaved = is ? this.unsaved ?? (() => {}) : null; },
  /** Show the open tab again from the gateway's data. */
  reload: () => route(true),
  count,
};

/** Numbers beside the navigation's words. */
async function count() {
  const [{ untrained }, { unrecognised }] = await Promise.all([get("trainings"), get("unrecognised")]);
  for (const [name, number] of [["training", untrained], ["unrecognised", unrecognised.length]]) {
    const place = document.querySelector(`#nav [data-tab="${name}"] .count`);
    if (!place) continue;
    place.textContent = number ? String(number) : "";
    place.hidden = !number;
    place.setAttribute("aria-label", t(`count_${name}`, { count: number ?? 0 }));
  }
}

async function mayLeave() {
  return !studio.dirty || sure({ title: t("leave_unsaved"), text: t("leave_unsaved_text"), confirm: t("leave"), danger: true });
}

// The frame

function drawFrame() {
  fill($("logo"), icon("chat"));
  fill($("open-nav"), icon("menu"));
  $("open-nav").setAttribute("aria-label", t("parts"));
  $("nav").setAttribute("aria-label", t("parts"));
  const groups = Object.entries(GROUPS).map(([group, names]) => [group, names.filter(may)]).filter(([, names]) => names.length);
  fill($("nav"), groups.map(([group, names]) => el("section", {},
    el("h2", { class: "overline" }, t(`group_${group}`)),
    el("div", { class: "nav" }, names.map((name) => el("a", { href: `#${name}`, "data-tab": name },
      icon(TABS[name].icon), el("span", { class: "one-line" }, t(`tab_${name}`)), el("span", { class: "count push", hidden: true })))))));
  const account = $("account");
  account.setAttribute("aria-label", t("account_of", { name: studio.user.name }));
  fill(account, el("span", { class: "avatar" }, initials(studio.user.name)), el("span", { class: "who one-line" }, studio.user.name), icon("chevron_down"));
  if (!account.hasAttribute("popovertarget")) menu(account, accountMenu);
}

function accountMenu() {
  const item = (drawing, label, work, chosen) => el("button", { type: "button", onclick: work, "aria-pressed": chosen == null ? null : String(chosen) },
    icon(drawing), label, chosen && el("span", { class: "push" }, icon("check")));
  return [
    item("person", t("my_account"), async () => (await import("/static/account.js")).openAccount(studio.user, renamed)),
    el("a", { href: "/desk" }, icon("inbox"), t("to_desk")),
    ...Object.entries(LANGUAGES).map(([code, name]) => item("language", name, () => speak(code), code === language())),
    ...THEMES.map((one) => item(one === "dark" ? "moon" : "sun", t(`theme_${one}`), () => useTheme(one), one === theme())),
    item("keyboard", t("keys"), showKeys),
    item("logout", t("log_out"), async () => { if (await mayLeave()) await attempt(logOut); }),
  ];
}

async function speak(code) {
  if (code === language() || !(await mayLeave())) return;
  await load(code, FOLDER);
  drawFrame();
  route(true);
}

/** Name or language were saved under "My account". */
const renamed = (user) => (user.language === language() ? drawFrame() : speak(user.language));

async function showKeys() {
  const { sheet } = await import("/static/dialog.js");
  const keys = { "/": "key_search", "Ctrl S": "key_save", "Ctrl Z": "key_undo", Esc: "key_escape", Enter: "key_enter" };
  sheet(t("keys"), el("dl", { class: "keys" }, Object.entries(keys).map(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(words))])));
}

// Logging in and out

async function start() {
  await load(preferred(), FOLDER);
  api.onLoggedOut(() => logIn());
  try {
    const user = await api.get("desk/me");
    api.useToken(user.csrf);
    enter(user);
  } catch (error) {
    if (error.status && error.status !== 401) fail(document.body, error);
    else logIn();
  }
}

async function logIn() {
  studio.leaving.abort();
  studio.unsaved = null;
  $("studio").hidden = true;
  $("login").hidden = false;
  enter(await signIn($("login"), t("sign_in_title")));
}

function enter(user) {
  studio.user = user;
  $("login").hidden = true;
  $("studio").hidden = false;
  drawFrame();
  if (user.role === "agent") {
    $("nav").hidden = true;
    return fill($("main"), empty("lock", t("admins_only"), t("admins_only_text"), el("a", { class: "button", href: "/desk" }, t("to_desk"))));
  }
  $("nav").hidden = false;
  return route(true);
}

async function logOut() {
  await api.post("desk/logout");
  logIn();
}

// Where we are

function address() {
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
  return name in TABS && may(name) ? [name, rest.join("/")] : [Object.keys(TABS).find(may), ""];
}

let shown = "";

/** Show what the address names. */
async function route(again = false) {
  if (!studio.user || studio.user.role === "agent" || (!again && location.hash === shown)) return;
  if (!again && !(await mayLeave())) return history.replaceState(null, "", shown || "#intents");
  shown = location.hash;
  studio.leaving.abort();
  const leaving = studio.leaving = new AbortController();
  studio.unsaved = null;
  const [name, rest] = address();
  for (const link of document.querySelectorAll("#nav a")) link.setAttribute("aria-current", link.dataset.tab === name ? "page" : "false");
  toggleNav(false);
  document.title = `${t(`tab_${name}`)} · TellOnce`;
  const place = el("div", { class: `view ${name}`, "aria-busy": "true" }, skeleton(6));
  fill($("main"), place);
  try {
    const tab = await import(`./${TABS[name].file ?? name}.js`);
    if (leaving.signal.aborted) return;
    await tab.show(place, studio, rest);
    place.removeAttribute("aria-busy");
  } catch (error) {
    if (!leaving.signal.aborted) fail(place, error);
  }
  if (!leaving.signal.aborted && may("training")) count().catch(() => {});
}

function fail(place, error) {
  if (!("code" in error)) console.error(error);
  place.removeAttribute("aria-busy");
  fill(place, empty("alert", t("could_not_load"), "code" in error ? error.message : t("error_unknown"),
    el("button", { type: "button", onclick: () => (studio.user ? route(true) : location.reload()) }, icon("refresh"), t("retry"))));
}

function toggleNav(open) {
  $("studio").classList.toggle("nav-open", open);
  $("open-nav").setAttribute("aria-expanded", String(open));
}

// Keys

function onKey(event) {
  if (document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    const button = document.querySelector("#main [data-save]");
    if (button) busy(button, async () => studio.unsaved?.());
  } else if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) {
    document.querySelector("#main [data-undo]")?.click();
  } else if (event.key === "/" && !typing) {
    const search = document.querySelector("#main input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Escape") {
    if ($("studio").classList.contains("nav-open")) toggleNav(false);
    else if (event.target.type === "search") event.target.blur();
  }
}

$("open-nav").addEventListener("click", () => toggleNav(!$("studio").classList.contains("nav-open")));
window.addEventListener("hashchange", () => route());
window.addEventListener("keydown", onKey);
window.addEventListener("beforeunload", (event) => { if (studio.dirty) event.preventDefault(); });
start();
