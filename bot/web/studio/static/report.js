/** What a training brought, against the model that answers: in one sentence, then in figures. */

import { el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { number, percent, t } from "/static/texts.js";
import { intentLink, intentName } from "./names.js";

const KINDS = { better: "good", same: "info", mixed: "warn", worse: "bad" };
const DRAWINGS = { better: "check", same: "info", mixed: "alert", worse: "alert" };

export function report(found) {
  const parts = [];
  if (found.unanswered?.length) parts.push(el("p", { class: "banner warn" }, icon("alert"), t("unanswered", { names: found.unanswered.map(intentName).join(", ") })));
  if (found.evaluation !== "done") return [...parts, el("p", { class: "banner warn" }, icon("info"), t(`evaluation_${found.evaluation}`))];
  const verdict = found.verdict ?? "first";
  parts.push(el("p", { class: `banner verdict ${KINDS[verdict] ?? "info"}` }, icon(DRAWINGS[verdict] ?? "info"),
    el("strong", {}, t(`verdict_${verdict}`, { count: found.worse?.length ?? 0 }))));
  parts.push(accuracy(found));
  if (found.worse?.length) parts.push(changed(t("worse"), found.worse, "bad"));
  if (found.better?.length) parts.push(changed(t("better"), found.better, "good"));
  parts.push(el("details", { class: "card" }, el("summary", {}, t("by_intent")), scores(found)));
  if (found.wrong_count) parts.push(el("details", { class: "card" }, el("summary", {}, t("wrong", { count: found.wrong_count })), mistakes(found.wrong)));
  return el("section", { class: "stack" }, el("h2", {}, t("report_title")), parts);
}

function accuracy(found) {
  return el("dl", { class: "figures" }, Object.entries(found.accuracy).map(([language, value]) => {
    const before = found.accuracy_before?.[language];
    return el("div", { class: "card" }, el("dt", { class: "soft small" }, t("accuracy_in", { language: t(`in_${language}`) })),
      el("dd", {}, el("span", { class: "figure" }, percent(value)), before != null && el("span", { class: "small soft" }, t("was", { value: percent(before) }))));
  }));
}

function changed(title, all, kind) {
  return el("section", { class: "card stack" }, el("h3", { class: kind }, title),
    el("ul", { class: "stack" }, all.map((one) => el("li", {},
      el("div", { class: "row" }, intentLink(one.intent), el("span", { class: `number ${kind}` }, `${percent(one.before)} → ${percent(one.after)}`)),
      one.sentences?.length > 0 && el("details", {}, el("summary", { class: "small" }, t(`sentences_${kind}`, { count: one.sentences.length })), mistakes(one.sentences))))));
}

function mistakes(all) {
  return el("ul", { class: "stack tight mistakes" }, all.map((wrong) => el("li", { class: "small" },
    el("span", { lang: wrong.language }, `„${wrong.text}”`), el("span", { class: "soft" }, " ", intentName(wrong.intent), " → ", intentName(wrong.predicted)))));
}

/** F1 of each intent beside that of the live model; a press of a heading sorts. */
function scores(found) {
  const rows = Object.entries(found.intents).map(([name, score]) => {
    const before = found.before?.[name] ?? null;
    return { name, title: intentName(name), f1: score.f1, before, change: before == null ? null : score.f1 - before, precision: score.precision, recall: score.recall, support: score.support };
  });
  const columns = ["title", "f1", "before", "change", "precision", "recall", "support"].filter((column) => found.before || !["before", "change"].includes(column));
  let [by, down] = [found.before ? "change" : "f1", false];
  const place = el("div", { class: "table", tabindex: "0", role: "region", "aria-label": t("by_intent") });

  function sort(column) {
    [by, down] = column === by ? [by, !down] : [column, column !== "title" && column !== "change"];
    draw();
    place.querySelector(`[data-column="${column}"]`).focus();
  }

  function draw() {
    const order = (one, other) => (by === "title" ? one.title.localeCompare(other.title) : (one[by] ?? 9) - (other[by] ?? 9));
    const sorted = [...rows].sort((one, other) => (down ? order(other, one) : order(one, other)) || one.title.localeCompare(other.title));
    fill(place, el("table", {},
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col", class: column === "title" ? "" : "number", "aria-sort": column === by ? (down ? "descending" : "ascending") : null },
        el("button", { type: "button", class: "link", "data-column": column, title: t(`about_column_${column}`), onclick: () => sort(column) }, t(`column_${column}`), column === by && (down ? " ↓" : " ↑")))))),
      el("tbody", {}, sorted.map((row) => el("tr", {}, columns.map((column) => cell(row, column)))))));
  }
  draw();
  return place;
}

function cell(row, column) {
  if (column === "title") return el("td", {}, intentLink(row.name));
  const value = row[column];
  if (column === "support") return el("td", { class: "number" }, number(value));
  if (column !== "change") return el("td", { class: "number" }, percent(value));
  const kind = value > 0.02 ? "good" : value < -0.02 ? "bad" : "soft";
  return el("td", { class: `number ${kind}` }, value == null ? "–" : `${value > 0 ? "+" : value < 0 ? "−" : ""}${percent(Math.abs(value))}`);
}
