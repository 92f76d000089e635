/** Try a sentence on the model that answers customers now. */

import { action, busy, el, field, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { language, percent, t } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { get, post, put } from "./api.js";
import { head } from "./list.js";
import { code, intentAbout, intentLink, intentName, intents } from "./names.js";
import { preview } from "./preview.js";

const SHOWN = 6;
let before = "";

export async function show(place, studio) {
  const all = await intents();
  const text = el("input", { required: true, maxlength: 1000, autocomplete: "off", value: before, placeholder: t("try_hint") });
  const result = el("div", { class: "stack wide", "aria-live": "polite" });
  const submit = el("button", { class: "primary" }, icon("play"), t("try"));
  const ask = () => busy(submit, () => attempt(async () => {
    before = text.value.trim();
    fill(result, ...(await view(studio, before, await post("parse", { text: before }), all)));
  }));
  fill(place, head(t("tab_try"), { about: t("try_about") }),
    el("form", { class: "card try-form", onsubmit: (event) => { event.preventDefault(); ask(); } }, field(t("sentence"), text), submit),
    result);
  text.focus();
  if (before) ask();
}

async function view(studio, text, found, all) {
  const sure = found.intent && found.intent !== "nlu_fallback";
  return [
    el("section", { class: "card stack" },
      el("p", { class: "tried" }, highlighted(text, found.entities)),
      el("div", { class: "row" },
        found.language && el("span", { class: "badge info" }, icon("globe"), t(`language_${found.language}`)),
        found.entities.map((one) => el("span", { class: "badge" }, `${t(`entity_${one.entity}`)}: ${one.value}`)),
        !found.entities.length && el("span", { class: "soft small" }, t("no_entities")))),
    el("div", { class: "columns" },
      el("section", { class: "card stack" }, el("h2", {}, t("understood_as")),
        sure ? el("p", { class: "verdict" }, intentLink(found.intent)) : el("p", { class: "banner warn" }, icon("help"), t("not_sure")),
        ranking(found.ranking.filter((guess) => guess.intent !== "nlu_fallback"))),
      el("section", { class: "card stack" }, el("h2", {}, t("what_happens")), await reaction(found, sure))),
    teaching(studio, text, found, all),
  ];
}

/** Bars of how sure the model is, the best guess first. */
export function ranking(guesses) {
  return el("ol", { class: "ranking" }, guesses.slice(0, SHOWN).map(({ intent, confidence }) => {
    const bar = el("span", { class: "fill" });
    bar.style.width = `${Math.round(confidence * 100)}%`;
    return el("li", {}, el("span", { class: "row apart" }, intentLink(intent), el("span", { class: "number" }, percent(confidence))),
      el("span", { class: "track", "aria-hidden": "true" }, bar));
  }));
}

function highlighted(text, entities) {
  const parts = [];
  let end = 0;
  for (const { entity, start, end: stop } of [...entities].filter((one) => one.start != null).sort((a, b) => a.start - b.start)) {
    if (start < end) continue;
    parts.push(text.slice(end, start), el("mark", {}, text.slice(start, stop), el("small", {}, t(`entity_${entity}`))));
    end = stop;
  }
  return [...parts, text.slice(end)];
}

async function reaction(found, sure) {
  if (!sure) return el("p", {}, t("happens_fallback"));
  if (!found.response) return [el("p", {}, intentAbout(found.intent) || intentName(found.intent)), found.action && code(found.action)];
  const response = await get(`responses/${found.response}`).catch(() => null);
  if (!response) return el("p", { class: "banner warn" }, icon("alert"), t("no_answer_long"));
  const spoken = found.language in response.variants && response.variants[found.language].length ? found.language : "pl";
  const shown = preview(spoken);
  shown.draw(response.variants[spoken]);
  return [el("p", {}, t("happens_answer"), " ", el("a", { href: `#responses/${found.response}` }, t("change_answer"))), shown.node];
}

/** When it was understood wrongly, it becomes an example of what was meant. */
function teaching(studio, text, found, all) {
  const names = all.map((intent) => intent.name).sort((one, other) => intentName(one).localeCompare(intentName(other)));
  const select = el("select", {}, el("option", { value: "" }, t("choose")), names.map((name) => el("option", { value: name }, intentName(name))));
  const spoken = el("select", { value: found.language ?? language() }, ["pl", "en"].map((one) => el("option", { value: one }, t(`language_${one}`))));
  const teach = action([icon("plus"), t("teach")], () => attempt(async () => {
    if (!select.value) return select.focus();
    const { examples, version } = await get(`intents/${select.value}`);
    await put(`intents/${select.value}`, { examples: { [spoken.value]: [...examples[spoken.value], text] }, version });
    toast(t("taught"), { undo: { label: t("go_train"), work: () => { location.hash = "#training"; } } });
    studio.count().catch(() => {});
  }));
  return el("details", { class: "card help" }, el("summary", {}, t("teach_title")),
    el("div", { class: "row end" }, field(t("meant"), select), field(t("language"), spoken), teach));
}
