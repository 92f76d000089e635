/** Sentences nobody understood: each becomes an example of an intent, or is left out. */

import { action, el, field, percent } from "./dom.js";

export async function show(place, studio) {
  const [{ unrecognised }, { intents }] = await Promise.all([
    studio.api.get("studio/unrecognised"), studio.api.get("studio/intents"),
  ]);
  const list = el("ul", { class: "sentences" }, unrecognised.map((sentence) => item(studio, sentence, intents)));
  place.append(el("h1", {}, studio.t("tab_unrecognised")), el("p", { class: "muted" }, studio.t("unrecognised_hint")),
    unrecognised.length ? list : el("p", {}, studio.t("nothing_unrecognised")));
}

function item(studio, sentence, intents) {
  const text = el("input", { value: sentence.suggestion, maxlength: 300 });
  const language = el("select", {}, ["pl", "en"].map((code) => el("option", { value: code }, studio.t(`language_${code}`))));
  language.value = sentence.language;
  const guess = sentence.ranking.find(({ intent }) => intents.some(({ name }) => name === intent));
  const intent = el("select", {}, el("option", { value: "" }, studio.t("choose")), intents.map(({ name }) => el("option", { value: name }, name)));
  intent.value = guess?.intent ?? "";
  const resolve = (decision) => studio.attempt(async () => {
    await studio.api.post(`studio/unrecognised/${sentence.id}`, decision);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    studio.say(studio.t(decision.ignore ? "ignored" : "taught"));
    next?.querySelector("input").focus();
  });
  const teach = () => {
    if (intent.value) return resolve({ intent: intent.value, text: text.value, language: language.value });
    intent.focus();
    return studio.say(studio.t("choose_first"), "bad");
  };
  const row = el("li", { class: "card" },
    el("blockquote", {}, sentence.text), sentence.count > 1 && el("p", { class: "muted" }, studio.t("times", { count: sentence.count })),
    sentence.ranking.length > 0 && el("p", { class: "muted" }, sentence.ranking.map((g) => `${g.intent} ${percent(g.confidence, studio.language)}`).join(" · ")),
    el("div", { class: "row" }, field(studio.t("as_example"), text), field(studio.t("language"), language), field(studio.t("intent"), intent),
      action(studio.t("teach"), teach, { class: "primary" }), action(studio.t("ignore"), () => resolve({ ignore: true }))));
  return row;
}
