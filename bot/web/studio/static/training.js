/** Training: start one, follow it, read what it brought, choose the model that answers. */

import { action, el, moment, percent, table } from "./dom.js";

const EVERY = 1500;

export async function show(place, studio) {
  const state = el("div", { class: "card", "aria-live": "polite" });
  const report = el("div");
  const models = el("div");
  place.append(
    el("div", { class: "head" }, el("h1", {}, studio.t("tab_training")), action(studio.t("train"), async () => {
      await studio.attempt(() => studio.api.post("studio/trainings"));
      follow(studio, state, report, models);
    }, { class: "primary" })),
    el("p", { class: "muted" }, studio.t("training_hint")), state, report, el("h2", {}, studio.t("models")), models,
  );
  await listModels(studio, models);
  await follow(studio, state, report, models);
}

/** Show the newest training, again and again while it runs and this tab is open. */
async function follow(studio, state, report, models) {
  const left = studio.leaving.signal;
  let running = false;
  do {
    if (running) await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (left.aborted) return;
    const answer = await studio.attempt(() => studio.api.get("studio/trainings"));
    if (!answer || left.aborted) return;
    const { training } = answer;
    const ended = running && !isOpen(training);
    running = isOpen(training);
    state.replaceChildren(...summary(studio, training));
    report.replaceChildren(...(training?.status === "done" ? details(studio, training.report) : []));
    if (ended) await listModels(studio, models);
  } while (running);
}

function isOpen(training) {
  return training != null && ["queued", "running"].includes(training.status);
}

function summary(studio, training) {
  if (!training) return [el("p", { class: "muted" }, studio.t("never_trained"))];
  const status = el("p", {}, el("strong", {}, studio.t(`status_${training.status}`)), " ", moment(training.created_at, studio.language));
  if (isOpen(training)) {
    const bar = el("progress", { max: 1, value: training.progress, "aria-label": studio.t("progress") });
    return [status, bar, el("p", { class: "muted" }, training.report.stage ?? "")];
  }
  if (training.status === "failed") {
    const { reason, problem } = training.report;
    return [status, el("p", { class: "bad" }, studio.t(`failed_${reason}`)), el("pre", {}, problem ?? "")];
  }
  return [status];
}

function details(studio, report) {
  const share = (value) => percent(value, studio.language);
  const parts = [];
  if (report.unanswered?.length) parts.push(el("p", { class: "bad" }, studio.t("unanswered", { names: report.unanswered.join(", ") })));
  if (report.evaluation !== "done") parts.push(el("p", { class: "muted" }, studio.t(`evaluation_${report.evaluation}`)));
  if (!report.intents) return parts;
  parts.push(el("p", {}, studio.t("accuracy"), " ",
    Object.entries(report.accuracy).map(([language, value]) => el("strong", {}, `${language} ${share(value)} `))));
  if (report.compared_with) {
    parts.push(report.worse.length
      ? el("div", { class: "card" }, el("h3", { class: "bad" }, studio.t("worse")), table([studio.t("intent"), studio.t("before"), studio.t("after")],
        report.worse.map((fall) => [fall.intent, share(fall.before), share(fall.after)])))
      : el("p", { class: "good" }, studio.t("nothing_worse")));
  }
  const scores = Object.entries(report.intents).sort(([, one], [, other]) => one.f1 - other.f1);
  parts.push(el("details", {}, el("summary", {}, studio.t("by_intent")), table(
    [studio.t("intent"), "F1", studio.t("precision"), studio.t("recall"), studio.t("support")],
    scores.map(([name, score]) => [el("a", { href: `#intents/${name}` }, name), share(score.f1), share(score.precision), share(score.recall), score.support]))));
  parts.push(el("details", {}, el("summary", {}, studio.t("wrong", { count: report.wrong_count })), table(
    [studio.t("sentence"), studio.t("expected"), studio.t("found")],
    report.wrong.map((wrong) => [wrong.text, wrong.intent, wrong.predicted]))));
  return parts;
}

async function listModels(studio, place) {
  const { models } = await studio.api.get("studio/models");
  place.replaceChildren(table([studio.t("model"), studio.t("created"), studio.t("accuracy"), ""], models.map((model) => [
    model.id, moment(model.created_at, studio.language),
    Object.entries(model.accuracy).map(([language, value]) => `${language} ${percent(value, studio.language)}`).join(", "),
    model.active ? el("strong", { class: "good" }, studio.t("active")) : action(studio.t("activate"), () => activate(studio, model, place)),
  ])));
}

async function activate(studio, model, place) {
  if (model.worse.length && !window.confirm(studio.t("really_worse", { names: model.worse.map((fall) => fall.intent).join(", ") }))) return;
  studio.say(studio.t("activating"));
  await studio.attempt(async () => {
    await studio.api.post(`studio/models/${encodeURIComponent(model.id)}/activate`);
    studio.say(studio.t("activated", { model: model.id }));
    await listModels(studio, place);
  });
}
