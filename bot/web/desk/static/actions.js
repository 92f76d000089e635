// What the agent may do with the open conversation, by its state and whose it is.

import { call, conversation as path } from "./api.js";
import { ask } from "./dialog.js";
import { $, el, fill } from "./dom.js";
import { t } from "./texts.js";

const OUTCOMES = ["solved", "answered", "refused", "no_reply", "spam"];

// `act(work)` runs a call, shows what went wrong and draws the conversation again.
export function drawActions(conversation, me, act) {
  const { id, state } = conversation;
  const mine = conversation.assignee?.id === me.id;
  const may = mine || me.role !== "agent";
  const buttons = [];
  const add = (key, action, primary) => buttons.push(
    el("button", { type: "button", class: primary ? "primary" : "", onclick: () => act(action) }, t(key)));
  const post = (what, body) => call("POST", path(id, what), body ?? {});

  if (state !== "assigned") add(state === "snoozed" && mine ? "wake" : state === "bot" ? "take_over" : "claim", () => post("claim"), true);
  if (state === "assigned" && may) {
    add("transfer", () => transfer(post, conversation));
    add("snooze", () => snooze(post));
  }
  if (["assigned", "snoozed"].includes(state) && may) {
    add("return_continue", () => giveBack(post, "continue"));
    add("return_done", () => giveBack(post, "done"));
    add("resolve", () => resolve(post));
  }
  fill($("actions"), buttons);
}

export const mayReply = (conversation, me) =>
  ["assigned", "snoozed"].includes(conversation.state) && conversation.assignee?.id === me.id;

async function transfer(post, conversation) {
  const { agents } = await call("GET", "agents");
  const others = agents.filter((agent) => agent.id !== conversation.assignee?.id);
  const options = others.map((agent) => [agent.id, `${agent.name}${agent.present ? ` (${t("present")})` : ""}`]);
  const answer = await ask(t("transfer"), [{ name: "to", label: t("to_whom"), kind: "select", options, required: true }], t("transfer"));
  if (answer?.to) await post("transfer", { to: Number(answer.to) });
}

async function snooze(post) {
  const inAnHour = new Date(Date.now() + 3600e3);
  // The field shows and takes local time without a zone.
  const local = new Date(inAnHour - inAnHour.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
  const answer = await ask(t("snooze"), [{ name: "until", label: t("until"), kind: "datetime-local", value: local, required: true }], t("snooze"));
  if (answer) await post("snooze", { until: new Date(answer.until).toISOString() });
}

const noteField = () => ({ name: "note", label: t("note_optional"), kind: "text" });

async function giveBack(post, outcome) {
  const title = t(`return_${outcome}`);
  const answer = await ask(title, [noteField()], title);
  if (answer) await post("return", { outcome, note: answer.note || null });
}

async function resolve(post) {
  const options = OUTCOMES.map((code) => [code, t(`outcome_${code}`)]);
  const fields = [{ name: "outcome", label: t("outcome"), kind: "select", options, required: true }, noteField()];
  const answer = await ask(t("resolve"), fields, t("resolve"));
  if (answer) await post("resolve", { outcome: answer.outcome, note: answer.note || null });
}

export async function changeFact(id, fact) {
  const fields = [{ name: "value", label: t("value"), kind: "search", value: fact?.value ?? "", required: true }];
  if (!fact) {
    const keys = ["order_number", "email", "phone", "postcode", "nip", "size", "preferred_hours"];
    fields.unshift({ name: "key", label: t("what"), kind: "select", options: keys.map((key) => [key, t(`fact_${key}`)]) });
  }
  const answer = await ask(fact ? t(`fact_${fact.key}`) : t("add_fact"), fields, t("save"));
  if (answer) await call("PUT", path(id, `facts/${fact?.key ?? answer.key}`), { value: answer.value });
}
