/** Trained models: which one answers customers, and the way to another one and back. */

import { action, el, empty, fill, table } from "/static/dom.js";
import { ask } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { percent, t, when } from "/static/texts.js";
import { toast } from "/static/toast.js";
import { get, post } from "./api.js";
import { intentName } from "./names.js";

export async function listModels(place, studio, changed) {
  const { models } = await get("models");
  if (!models.length) return fill(place, empty("box", t("no_models")));
  const before = models.find((model) => model.previous);
  const heads = ["model", "trained_by", "accuracy", "verdict", "state"].map((name) => t(`models_${name}`));
  return fill(place,
    before && el("div", { class: "row" }, action([icon("undo"), t("roll_back")], () => activate(studio, before, changed, true)),
      el("span", { class: "soft small" }, t("roll_back_to", { when: when(before.created_at) }))),
    el("div", { class: "card flush" }, table(heads, models.map((model) => row(studio, model, changed)), t("models"))));
}

function row(studio, model, changed) {
  return [
    el("span", { class: "stack tight" }, el("strong", {}, when(model.created_at)), el("code", { class: "soft small" }, model.id)),
    model.by ?? t("set_up"),
    Object.entries(model.accuracy).map(([language, value]) => `${language.toUpperCase()} ${percent(value)}`).join(" · ") || "–",
    model.verdict ? t(`short_${model.verdict}`, { count: model.worse.length }) : "–",
    model.active ? el("span", { class: "badge good" }, el("span", { class: "dot" }), t("active"))
      : action(t("activate"), () => activate(studio, model, changed), { "aria-label": t("activate_model", { model: when(model.created_at) }) }),
  ];
}

async function activate(studio, model, changed, back = false) {
  const worse = model.worse.length ? `\n\n${t("really_worse", { names: model.worse.map((fall) => intentName(fall.intent)).join(", ") })}` : "";
  const done = await ask({
    title: t(back ? "roll_back" : "activate_title"),
    text: t("activate_text", { when: when(model.created_at) }) + worse,
    confirm: t(back ? "roll_back" : "activate"),
    work: () => post(`models/${encodeURIComponent(model.id)}/activate`),
  });
  if (!done) return;
  toast(t("activated"));
  studio.count().catch(() => {});
  await changed();
}
