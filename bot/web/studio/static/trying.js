/** Try a sentence on the model that answers customers now. */

import { el, field, percent, table } from "./dom.js";

export async function show(place, studio) {
  const text = el("input", { required: true, maxlength: 1000, autocomplete: "off" });
  const result = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    studio.attempt(async () => {
      const found = await studio.api.post("studio/parse", { text: text.value });
      studio.say("");
      result.replaceChildren(...view(studio, found));
    });
  } }, field(studio.t("sentence"), text), el("button", { class: "primary" }, studio.t("try")));
  place.append(el("h1", {}, studio.t("tab_try")), form, result);
  text.focus();
}

function view(studio, found) {
  return [
    el("h2", {}, found.intent, " ", el("span", { class: "muted" }, percent(found.confidence, studio.language))),
    table([studio.t("intent"), studio.t("confidence")], found.ranking.map((guess) => [
      el("a", { href: `#intents/${guess.intent}` }, guess.intent),
      el("span", { class: "row" }, el("meter", { min: 0, max: 1, value: guess.confidence }), percent(guess.confidence, studio.language)),
    ])),
    el("h3", {}, studio.t("entities")),
    found.entities.length
      ? table([studio.t("entity"), studio.t("value")], found.entities.map((entity) => [entity.entity, String(entity.value)]))
      : el("p", { class: "muted" }, studio.t("none")),
  ];
}
