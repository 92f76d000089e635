/** The set-up page: the first administrator, or choosing a password, by the code behind the # of the address. */

import * as api from "/static/api.js";
import { $, action, busy, el, field, fill, problem, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { passwordField } from "/static/password.js";
import { LANGUAGES, language, load, preferred, t } from "/static/texts.js";

const TEXTS = "/setup/static/texts";
const HOME = { admin: "/studio", manager: "/desk", agent: "/desk" };
const chosen = localStorage.getItem("tellonce.language");
let shown = () => {};

/** Show `parts` in the page's one card; `again()` shows them anew in another language. */
function card(again, ...parts) {
  shown = again;
  document.title = `${t("page_title")} · TellOnce`;
  fill($("main"), el("div", { class: "card" },
    el("div", { class: "row apart" }, el("p", { class: "brand" }, icon("chat"), "TellOnce"), languages()),
    parts));
  const title = $("main").querySelector("h1");
  if (!title || $("main").querySelector("form")) return;
  title.tabIndex = -1;
  title.focus();
}

function languages() {
  const other = Object.keys(LANGUAGES).find((code) => code !== language());
  return el("button", { type: "button", class: "quiet compact", lang: other, onclick: () => change(other) }, LANGUAGES[other]);
}

async function change(code) {
  const typed = new FormData($("main").querySelector("form") ?? undefined);
  await load(code, TEXTS);
  shown();
  for (const [name, value] of typed) {
    const input = $("main").querySelector(`[name="${name}"]`);
    input.value = value;
    input.dispatchEvent(new Event("input"));
  }
}

async function start() {
  const code = location.hash.slice(1);
  card(() => {}, skeleton(4));
  try {
    const { needed } = await api.get("setup");
    if (!code) return nothing(needed);
    const purpose = await api.post("setup/check", { code });
    if (purpose.for === "admin") return firstAdmin(code);
    if (!chosen) await load(purpose.user.language, TEXTS);
    return choosePassword(code, purpose.user);
  } catch (error) {
    return error.code === "invalid_link" ? nothing((await api.get("setup").catch(() => ({}))).needed, true) : failed(error);
  }
}

function failed(error) {
  card(() => failed(error), el("h1", {}, t("failed_title")), el("p", { role: "alert" }, error.message),
    action(t("retry"), start, { class: "primary" }));
}

/** No code, or one that opens nothing: what to do now. */
function nothing(needed, wrong = false) {
  const about = needed ? "waiting" : wrong ? "over" : "done";
  card(() => nothing(needed, wrong),
    needed && wrong && el("p", { class: "banner warn" }, t("wrong_link")),
    el("h1", {}, t(`${about}_title`)), el("p", {}, t(`${about}_text`)),
    needed && el("pre", { class: "soft" }, "tellonce run"),
    el("nav", { class: "row", "aria-label": t("elsewhere") },
      el("a", { class: "button", href: "/desk" }, icon("inbox"), t("to_desk")),
      el("a", { class: "button", href: "/studio" }, icon("settings"), t("to_studio"))));
}

function firstAdmin(code) {
  const name = el("input", { name: "name", autocomplete: "name", required: true, maxlength: 100 });
  const email = el("input", { name: "email", type: "email", autocomplete: "username", required: true, maxlength: 254 });
  const password = passwordField(t("password"));
  form(() => firstAdmin(code), "admin", [field(t("name"), name, { hint: t("name_hint") }), field(t("email"), email), password.node],
    { name, email, password: password.input }, t("admin_submit"),
    (values) => api.post("setup/admin", { code, ...values, language: language() }));
  name.focus();
}

function choosePassword(code, user) {
  const email = el("input", { name: "email", type: "email", autocomplete: "username", readonly: true, value: user.email });
  const password = passwordField(t("password"));
  form(() => choosePassword(code, user), "password", [field(t("email"), email), password.node],
    { password: password.input }, t("password_submit"),
    ({ password: text }) => api.post("setup/password", { code, password: text }), { name: user.name });
  password.input.focus();
}

/** A form whose errors stand at their fields; when `send` succeeds the person is logged in and goes to work. */
function form(again, about, parts, inputs, label, send, values = {}) {
  const submit = el("button", { class: "primary" }, label);
  const error = el("p", { class: "error", role: "alert" });
  const node = el("form", { class: "stack", novalidate: true, "aria-labelledby": "title" }, parts, error, submit);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(submit, () => submitted(node, inputs, error, send));
  });
  card(again, el("h1", { id: "title" }, t(`${about}_title`, values)), el("p", { class: "soft" }, t(`${about}_text`, values)), node);
}

async function submitted(node, inputs, error, send) {
  error.textContent = "";
  for (const input of Object.values(inputs)) problem(input, "");
  const missing = Object.values(inputs).find((input) => !input.value.trim());
  if (missing) {
    problem(missing, t("needed"));
    return missing.focus();
  }
  try {
    const { role } = await send(Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, input.value])));
    // The link is used up: nobody should come back to it with the back button.
    location.replace(HOME[role]);
    return await new Promise(() => {});
  } catch (refused) {
    const place = inputs[refused.details.field];
    if (refused.code === "invalid_link") return start();
    if (place) problem(place, refused.message);
    else error.textContent = refused.message;
    return (place ?? node.querySelector("button.primary")).focus();
  }
}

await load(preferred(), TEXTS);
window.addEventListener("hashchange", start);
start();
