/** Figures of the days chosen, beside those of as many days before. */

import * as api from "/static/api.js";
import { busy, el, field, fill, skeleton, table } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { number, percent, t } from "/static/texts.js";
import { attempt } from "/static/toast.js";
import { get } from "./api.js";
import { bars, days } from "./charts.js";
import { head } from "./list.js";
import { intentLink, intentName, intents } from "./names.js";

const RANGES = [7, 30, 90];
const DAY_MS = 86_400_000;
// Whether more is better; null says nothing by itself.
const FIGURES = { conversations: null, bot_resolved: true, handoffs: null, not_understood: false, turns: null, repeat_rate: false, reply_median: false, reply_p95: false };

export async function show(place, studio) {
  const isAdmin = studio.user.role === "admin";
  if (isAdmin) await intents();
  const from = el("input", { type: "date" });
  const to = el("input", { type: "date" });
  const result = el("div", { class: "stack wide", "aria-live": "polite" }, skeleton(6));
  const submit = el("button", {}, t("show"));
  const load = () => busy(submit, () => attempt(async () => {
    const query = (first, last) => `metrics?${new URLSearchParams({ ...(first && { from: first }), ...(last && { to: last }) })}`;
    const ask = isAdmin ? get : (path) => api.get(`desk/${path}`);
    const figures = await ask(query(from.value, to.value));
    [from.value, to.value] = [figures.from, figures.to];
    const length = (Date.parse(figures.to) - Date.parse(figures.from)) / DAY_MS + 1;
    const earlier = await ask(query(shifted(figures.from, -length), shifted(figures.from, -1)));
    fill(result, ...view(figures, earlier, isAdmin ? intentLink : intentName));
  }));
  const range = (count) => el("button", { type: "button", class: "quiet compact", onclick: () => {
    from.value = to.value ? shifted(to.value, 1 - count) : "";
    load();
  } }, t("last_days", { count }));
  fill(place, head(t("tab_metrics"), { about: t("metrics_about") }),
    el("form", { class: "card row end", onsubmit: (event) => { event.preventDefault(); load(); } },
      field(t("from"), from), field(t("to"), to), submit, el("span", { class: "row tight" }, RANGES.map(range))),
    result);
  await load();
}

function shifted(date, count) {
  return new Date(Date.parse(date) + count * DAY_MS).toISOString().slice(0, 10);
}

function values(figures) {
  return {
    conversations: figures.conversations, turns: figures.turns, bot_resolved: figures.bot_resolved_share, handoffs: figures.handoffs.total,
    not_understood: figures.not_understood_rate, repeat_rate: figures.repeat_rate,
    reply_median: figures.first_human_reply_seconds.median, reply_p95: figures.first_human_reply_seconds.p95,
  };
}

const RATES = ["bot_resolved", "not_understood", "repeat_rate"];

function written(name, value) {
  if (value == null) return "–";
  if (RATES.includes(name)) return percent(value);
  return name.startsWith("reply") ? duration(value) : number(value);
}

function view(figures, earlier, named) {
  const [now, then] = [values(figures), values(earlier)];
  const reasons = Object.entries(figures.handoffs.by_reason);
  const meant = Object.entries(figures.intents).sort((one, other) => other[1] - one[1]);
  return [
    el("dl", { class: "figures" }, Object.keys(FIGURES).map((name) => el("div", { class: "card" },
      el("dt", { class: "soft small" }, t(`figure_${name}`)),
      el("dd", {}, el("span", { class: "figure" }, written(name, now[name])), change(name, now[name], then[name]))))),
    el("div", { class: "columns" },
      ["conversations", "handoffs", "not_understood"].map((name) => el("figure", { class: "card stack" },
        el("figcaption", {}, el("h2", {}, t(`daily_${name}`))), days(figures.days.map((one) => ({ day: one.day, value: one[name] })), t(`daily_${name}`))))),
    el("div", { class: "columns" },
      el("section", { class: "card stack" }, el("h2", {}, t("handoffs_by_reason")),
        reasons.length ? bars(reasons.map(([code, value]) => ({ label: t(`handoff_${code}`), value }))) : el("p", { class: "soft" }, t("none_here"))),
      el("section", { class: "card stack" }, el("h2", {}, t("turns_by_intent")),
        meant.length ? bars(meant.slice(0, 12).map(([code, value]) => ({ label: code === "nlu_fallback" ? t("not_understood") : named(code), value }))) : el("p", { class: "soft" }, t("none_here")),
        meant.length > 12 && el("details", {}, el("summary", {}, t("all_of_them")), table([t("intent"), t("count")], meant.map(([code, value]) => [intentName(code), number(value)]), t("turns_by_intent"))))),
  ];
}

/** The difference to as many days before, in words that need no colour. */
function change(name, now, then) {
  if (now == null || then == null || now === then) return el("span", { class: "soft small" }, then == null ? t("nothing_before") : t("as_before"));
  const better = FIGURES[name] == null ? "" : (now > then) === FIGURES[name] ? "good" : "bad";
  const sign = now > then ? "+" : "−";
  return el("span", { class: `small ${better}` }, icon(better === "bad" ? "alert" : "chart"), `${sign}${difference(name, Math.abs(now - then))} ${t("than_before")}`);
}

/** A share changes by points: from 5% to 6% is not 1% more. */
function difference(name, value) {
  return RATES.includes(name) ? t("points", { count: number(value * 100, { maximumFractionDigits: 1 }) }) : written(name, value);
}

function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${number(Math.round(seconds / 360) / 10)} h`;
}
