/** Training: start one, follow it, read what it brought, choose the model that answers. */

import { action, el, empty, fill } from "/static/dom.js";
import { sure } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { number, t, when } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { explain, get, post } from "./api.js";
import { head } from "./list.js";
import { listModels } from "./models.js";
import { intents } from "./names.js";
import { report } from "./report.js";

const EVERY_MS = 1500;
const MEASURING = 0.8; // of the progress: from here on only measuring is left

export async function show(place, studio) {
  await intents(true);
  const state = el("section", { class: "card stack training-state" });
  const outcome = el("div", { class: "stack" });
  const models = el("div", {});
  const start = action([icon("play"), t("train")], async () => {
    await attempt(() => post("trainings"));
    follow();
  }, { class: "primary" });
  const draw = () => listModels(models, studio, draw);

  /** Show the newest training, again and again while it runs and this tab is open. */
  async function follow() {
    const left = studio.leaving.signal;
    let running = false;
    do {
      if (running) await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
      if (left.aborted) return;
      const answer = await get("trainings").catch(() => null);
      if (left.aborted) return;
      if (!answer) continue; // no connection for a moment: the training does not mind
      const ended = running && !isOpen(answer.training);
      running = isOpen(answer.training);
      start.hidden = running;
      fill(state, summary(answer));
      fill(outcome, answer.training?.status === "done" && report(answer.training.report));
      if (ended) {
        toast(t(`status_${statusOf(answer.training)}`), { kind: answer.training.status === "failed" ? "bad" : "" });
        await draw();
      }
    } while (running);
  }

  fill(place, head(t("tab_training"), { about: t("training_hint"), actions: [start] }), state, outcome,
    el("section", { class: "stack" }, el("h2", {}, t("models")), el("p", { class: "soft" }, t("models_about")), models));
  await Promise.all([draw(), first()]);

  /** The first look must be there when the tab is; what follows goes on by itself. */
  async function first() {
    const answer = await get("trainings");
    fill(state, summary(answer));
    fill(outcome, answer.training?.status === "done" && report(answer.training.report));
    start.hidden = isOpen(answer.training);
    if (isOpen(answer.training)) follow();
  }
}

const isOpen = (training) => training != null && ["queued", "running"].includes(training.status);

const statusOf = ({ status, report: { reason } }) => (status === "failed" && reason === "cancelled" ? "cancelled" : status);

function summary({ training, expected_seconds: expected, untrained }) {
  const waiting = untrained > 0 && !isOpen(training) && el("p", { class: "banner info" }, icon("info"), t("untrained", { count: untrained }));
  const fresh = untrained === 0 && !isOpen(training) && el("p", { class: "banner good" }, icon("check"), t("all_trained"));
  if (!training) return [waiting, fresh, empty("refresh", t("never_trained"), t("never_trained_text"))];
  const status = statusOf(training);
  const line = el("div", { class: "row" }, el("strong", {}, t(`status_${status}`)),
    el("span", { class: "soft small" }, when(training.finished_at ?? training.created_at)));
  if (isOpen(training)) return running(training, expected, line);
  if (status === "failed") return [waiting, line, failure(training.report)];
  return [waiting, fresh, line];
}

function running(training, expected, line) {
  const bar = el("progress", { max: 1, value: training.progress, "aria-label": t("progress") });
  const stage = training.report.stage === "checking" || training.status === "queued" ? "checking" : training.progress >= MEASURING ? "measuring" : "learning";
  const steps = ["checking", "learning", "measuring"];
  const left = expected && Math.round(expected - (Date.now() - new Date(training.created_at)) / 1000);
  return [line, bar,
    el("ol", { class: "steps" }, steps.map((name) => el("li", {
      class: steps.indexOf(name) < steps.indexOf(stage) ? "done" : name === stage ? "now" : "", "aria-current": name === stage ? "step" : null,
    }, t(`stage_${name}`)))),
    el("div", { class: "row apart" },
      el("span", { class: "soft small", role: "status" }, left > 5 && t("time_left", { seconds: number(left) })),
      action([icon("cross"), t("cancel_training")], () => cancel(training.id), { class: "quiet" }))];
}

async function cancel(id) {
  if (await sure({ title: t("cancel_training"), text: t("cancel_training_text"), confirm: t("cancel_training") })) await attempt(() => post(`trainings/${id}/cancel`));
}

function failure({ reason, problem, faults = [] }) {
  return [
    el("p", { class: "banner bad" }, icon("alert"), t(`failed_${reason}`)),
    problem && el("pre", { class: "small" }, problem),
    faults.length > 0 && el("ul", { class: "stack tight" }, faults.map((fault) => el("li", {},
      el("code", {}, t("fault_place", { file: fault.file, line: fault.line })), " ", explain({ ...fault, reason: `fault_${fault.reason}` }) ?? fault.reason))),
  ];
}
