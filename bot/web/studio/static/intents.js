/** Intents: the list on the left, the open one beside it. */

import { el, empty, fill, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { number, t } from "/static/texts.js";
import { get } from "./api.js";
import { editIntent } from "./intent.js";
import { list } from "./list.js";
import { intentName, intents, topicName, warningText } from "./names.js";

export const NEW = "+new";
const TOPICS = ["custom", "orders", "returns", "products", "payment", "account", "conversation"];
let onlyWeak = false;

export async function show(place, studio, chosen) {
  const all = await intents(true);
  const place_in = (topic) => (TOPICS.includes(topic) ? TOPICS.indexOf(topic) : TOPICS.length);
  const topics = [...new Set(all.map((intent) => intent.topic))].sort((one, other) => place_in(one) - place_in(other));
  const groups = topics.map((topic) => ({
    title: topicName(topic),
    items: all.filter((intent) => intent.topic === topic)
      .map((intent) => item(intent, chosen))
      .sort((one, other) => one.title.localeCompare(other.title)),
  }));
  const detail = el("div", { class: "detail" });
  const add = el("a", { class: "button primary", href: `#intents/${NEW}` }, icon("plus"), t("new_intent"));
  const heading = el("div", { class: "row apart" }, chosen ? el("h2", {}, t("tab_intents")) : el("h1", {}, t("tab_intents")), add);
  fill(place, list({ name: "intents", label: t("filter_intents"), groups, above: heading, filters: weakOnly(all) }), detail);
  place.classList.toggle("open", Boolean(chosen));
  if (!chosen) return fill(detail, overview(all));
  if (chosen === NEW) return editIntent(detail, studio, fresh(), all);
  fill(detail, skeleton(8));
  return editIntent(detail, studio, await get(`intents/${encodeURIComponent(chosen)}`), all);
}

function item(intent, chosen) {
  const { name, counts, warnings, answered } = intent;
  const title = intentName(name);
  const said = [...warnings.map(warningText), !answered && t("no_answer")].filter(Boolean);
  return {
    title,
    intent,
    href: `#intents/${encodeURIComponent(name)}`,
    chosen: name === chosen,
    words: `${title} ${name}`,
    node: [
      el("span", { class: "item-text" }, el("span", { class: "one-line" }, title), el("code", { class: "soft one-line" }, name)),
      said.length > 0 && el("span", { class: "badge warn", title: said.join("\n") }, icon("alert"), number(said.length),
        el("span", { class: "hidden" }, t("warnings_count", { count: said.length }))),
      el("span", { class: "soft small number counts", title: t("counts_title", counts) }, `${counts.pl} · ${counts.en}`),
    ],
  };
}

/** Shows only what has something to be said of it. */
function weakOnly(all) {
  const weak = all.filter((intent) => intent.warnings.length || !intent.answered).length;
  const box = el("input", { type: "checkbox" });
  box.checked = onlyWeak;
  return {
    node: weak > 0 && el("label", { class: "check small" }, box, t("only_weak", { count: weak })),
    fits: ({ intent }) => !box.checked || intent.warnings.length > 0 || !intent.answered,
    changed: (draw) => box.addEventListener("change", () => { onlyWeak = box.checked; draw(); }),
  };
}

function overview(all) {
  const sum = (language) => number(all.reduce((total, intent) => total + intent.counts[language], 0));
  return empty("spark", t("choose_intent"), t("what_is_intent"),
    el("p", { class: "soft small" }, t("overview", { count: all.length, pl: sum("pl"), en: sum("en") })));
}

const fresh = () => ({
  name: "", isNew: true, examples: { pl: [], en: [] }, counts: { pl: 0, en: 0 }, built_in: false, answer: { pl: [], en: [] },
  title: { pl: [], en: [] }, warnings: [], last: null,
});
