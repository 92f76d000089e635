/** Sentences the bot did not understand: each becomes an example of an intent, or nothing. */

import { action, busy, el, empty, field, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { percent, t, when } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { get, post } from "./api.js";
import { head } from "./list.js";
import { intentName, intents } from "./names.js";

const GUESSES = 3;

export async function show(place, studio) {
  const [{ unrecognised }, all] = await Promise.all([get("unrecognised"), intents()]);
  const names = all.map((intent) => intent.name).sort((one, other) => intentName(one).localeCompare(intentName(other)));
  const list = el("ul", { class: "stack" }, unrecognised.map((sentence) => item(studio, sentence, names, drawn)));
  const none = empty("check", t("nothing_unrecognised"), t("nothing_unrecognised_text"));
  function drawn() {
    none.hidden = list.children.length > 0;
    studio.count().catch(() => {});
  }
  fill(place, head(t("tab_unrecognised"), { about: t("unrecognised_hint") }), list, none);
  none.hidden = unrecognised.length > 0;
}

function item(studio, sentence, names, drawn) {
  const left = studio.leaving.signal;
  const text = el("input", { value: sentence.suggestion, maxlength: 300 });
  const spoken = el("select", { value: sentence.language }, ["pl", "en"].map((one) => el("option", { value: one }, t(`language_${one}`))));
  const other = el("select", { "aria-label": t("other_intent"), onchange: () => other.value && busy(other, () => teach(other.value)) },
    el("option", { value: "" }, t("other_intent")), names.map((name) => el("option", { value: name }, intentName(name))));
  const guesses = sentence.ranking.filter(({ intent }) => names.includes(intent)).slice(0, GUESSES);

  const teach = (intent) => decide({ intent, text: text.value, language: spoken.value }, t("taught_as", { name: intentName(intent) }));
  const decide = (decision, words) => attempt(async () => {
    await post(`unrecognised/${sentence.id}`, decision);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    drawn();
    (next?.querySelector("button") ?? document.getElementById("main")).focus();
    toast(words, { undo: { label: t("undo"), work: undo } });
  });
  const undo = () => attempt(async () => {
    await post(`unrecognised/${sentence.id}/undo`);
    toast(t("reopened"));
    if (!left.aborted) studio.reload();
  });

  const row = el("li", { class: "card stack" },
    el("div", { class: "row apart top" },
      el("blockquote", { class: "tried", lang: sentence.language }, sentence.text),
      el("span", { class: "row tight soft small" }, sentence.count > 1 && el("span", { class: "badge" }, t("times", { count: sentence.count })), when(sentence.at))),
    el("div", { class: "row" },
      el("span", { class: "soft small" }, t("it_means")),
      guesses.map(({ intent, confidence }) => action([intentName(intent), el("span", { class: "soft small number" }, percent(confidence))], () => teach(intent))),
      other,
      action([icon("cross"), t("ignore")], () => decide({ ignore: true }, t("ignored")), { class: "quiet push" })),
    el("details", { open: sentence.suggestion !== sentence.text }, el("summary", { class: "small soft" }, t("taught_text")),
      el("div", { class: "row end" }, field(t("as_example"), text), field(t("language"), spoken))));
  return row;
}
