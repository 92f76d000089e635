/** Figures of the days chosen. */

import { el, field, percent, table } from "./dom.js";

export async function show(place, studio) {
  const from = el("input", { type: "date" });
  const to = el("input", { type: "date" });
  const result = el("div", { "aria-live": "polite" });
  const load = () => studio.attempt(async () => {
    const query = new URLSearchParams();
    if (from.value) query.set("from", from.value);
    if (to.value) query.set("to", to.value);
    const figures = await studio.api.get(`studio/metrics?${query}`);
    [from.value, to.value] = [figures.from, figures.to];
    studio.say("");
    result.replaceChildren(...view(studio, figures));
  });
  place.append(el("h1", {}, studio.t("tab_metrics")), el("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    load();
  } }, field(studio.t("from"), from), field(studio.t("to"), to), el("button", {}, studio.t("show"))), result);
  await load();
}

function view(studio, figures) {
  const share = (value) => percent(value, studio.language);
  const reply = figures.first_human_reply_seconds;
  const cards = {
    conversations: figures.conversations,
    turns: figures.turns,
    bot_resolved: share(figures.bot_resolved_share),
    handoffs: figures.handoffs.total,
    not_understood: share(figures.not_understood_rate),
    repeat_rate: share(figures.repeat_rate),
    reply_median: duration(reply.median),
    reply_p95: duration(reply.p95),
  };
  return [
    el("dl", { class: "figures" }, Object.entries(cards).map(([name, value]) =>
      el("div", { class: "card" }, el("dt", {}, studio.t(`figure_${name}`)), el("dd", {}, String(value))))),
    el("div", { class: "columns" },
      el("section", {}, el("h2", {}, studio.t("handoffs_by_reason")),
        table([studio.t("reason"), studio.t("count")], Object.entries(figures.handoffs.by_reason).map(([code, count]) => [studio.t(`handoff_${code}`), count]))),
      el("section", {}, el("h2", {}, studio.t("turns_by_intent")),
        table([studio.t("intent"), studio.t("count")], Object.entries(figures.intents)))),
  ];
}

function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}
