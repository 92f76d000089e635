/** The page of the link to an account's address: the number the chat shows, and it is confirmed. */

import * as api from "/static/api.js";
import { $, busy, el, field, fill, problem } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { LANGUAGES, language, load, preferred, t } from "/static/texts.js";

const TEXTS = "/confirm/static/texts";
const code = location.hash.slice(1);
let shown = ask;

function card(again, ...parts) {
  shown = again;
  document.title = `${t("page_title")} · TellOnce`;
  const other = Object.keys(LANGUAGES).find((one) => one !== language());
  const change = async () => {
    await load(other, TEXTS);
    shown();
  };
  fill($("main"), el("div", { class: "card" },
    el("div", { class: "row apart" }, el("p", { class: "brand" }, icon("chat"), "TellOnce"),
      el("button", { type: "button", class: "quiet compact", lang: other, onclick: change }, LANGUAGES[other])),
    parts));
}

function ask() {
  const number = el("input", { name: "number", inputmode: "numeric", autocomplete: "one-time-code", required: true, maxlength: 10 });
  const submit = el("button", { class: "primary" }, t("submit"));
  const error = el("p", { class: "error", role: "alert" });
  const form = el("form", { class: "stack", novalidate: true, "aria-labelledby": "title" }, field(t("number"), number), error, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(submit, () => send(number, error));
  });
  card(ask, el("h1", { id: "title" }, t("title")), el("p", { class: "soft" }, t("about")), form);
  number.focus();
}

async function send(number, error) {
  error.textContent = "";
  problem(number, number.value.trim() ? "" : t("needed"));
  if (!number.value.trim()) return number.focus();
  try {
    await api.post("chat/confirm", { code, number: number.value });
    end("done");
  } catch (refused) {
    const { left } = refused.details ?? {};
    if (refused.code === "invalid_link" || left === 0) return end("over");
    if (left) problem(number, t("wrong", { left }));
    else error.textContent = refused.message;
    number.focus();
    number.select();
  }
}

function end(how) {
  card(() => end(how), el("h1", { tabindex: -1 }, t(`${how}_title`)), el("p", { role: "status" }, t(`${how}_text`)));
  $("main").querySelector("h1").focus();
}

await load(preferred(), TEXTS);
if (code) ask();
else end("over");
