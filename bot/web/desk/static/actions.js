/** What may be done with the open conversation, by its state and whose it is: its buttons, and the same by keys. */

import * as api from "/static/api.js";
import { ask } from "/static/dialog.js";
import { $, busy, el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { menu } from "/static/menu.js";
import { language, named, t, when } from "/static/texts.js";
import { toast } from "/static/toast.js";

const OUTCOMES = ["solved", "answered", "refused", "no_reply", "spam"];
const FACTS = ["order_number", "email", "phone", "name", "size", "postcode", "nip", "preferred_hours"];
const KEYS = { claim: "c", transfer: "t", snooze: "s", return: "b", resolve: "e" };
const ICONS = { claim: "user_plus", transfer: "transfer", snooze: "snooze", return: "bot", resolve: "check" };

let open = null; // the conversation the buttons are about
let me = null;
let done = () => {};

/** `changed(conversation)` hears what a call made of it; null when it should only be looked at again. */
export const setUp = (changed) => { done = changed; };

export const mayReply = (conversation, user) =>
  ["assigned", "snoozed"].includes(conversation.state) && conversation.assignee?.id === user.id;

function allowed({ state, assignee }) {
  const may = assignee?.id === me.id || me.role !== "agent";
  return {
    claim: state !== "assigned",
    transfer: state === "assigned" && may,
    snooze: state === "assigned" && may,
    return: ["assigned", "snoozed"].includes(state) && may,
    resolve: ["assigned", "snoozed"].includes(state) && may,
  };
}

export function draw(conversation, user) {
  open = conversation;
  me = user;
  const now = JSON.stringify([conversation.id, conversation.state, conversation.assignee, user.id, language()]);
  // An open menu, a button at work: nothing is taken from under the hand while nothing changed.
  if ($("actions").dataset.shown === now) return;
  $("actions").dataset.shown = now;
  const may = allowed(conversation);
  const focused = document.activeElement?.dataset?.action;
  const names = Object.keys(may).filter((name) => may[name]);
  const buttons = names.map((name) => el("button", {
    type: "button", "data-action": name, class: name === "claim" ? "primary" : "", title: t("key_hint", { key: KEYS[name] }),
    onclick: name === "snooze" ? null : (event) => busy(event.currentTarget, () => work(name)),
  }, icon(ICONS[name]), label(name, conversation)));
  fill($("actions"), buttons);
  const snooze = buttons[names.indexOf("snooze")];
  if (snooze) menu(snooze, snoozes);
  if (focused) (buttons.find((button) => button.dataset.action === focused) ?? buttons[0])?.focus();
}

const label = (name, { state, assignee }) =>
  name !== "claim" ? t(name) : t(state === "snoozed" && assignee?.id === me.id ? "wake" : state === "bot" ? "take_over" : "claim");

/** The same by a key; nothing when it is not possible now. */
export function perform(name) {
  $("actions")?.querySelector(`[data-action=${name}]`)?.click();
}

const post = (what, body) => api.post(`desk/conversations/${encodeURIComponent(open.id)}/${what}`, body);

async function work(name) {
  const id = open.id;
  try {
    const answer = await { claim, transfer, return: giveBack, resolve }[name]();
    if (answer) done(answer.conversation);
  } catch (error) {
    if (!error.code) throw error;
    refused(error);
    done(null, id);
  }
}

function refused(error) {
  const by = error.details?.by;
  toast(error.code === "already_claimed" ? t(by ? "claimed_by" : "claimed", { by }) : error.message, { kind: "bad" });
}

const claim = () => post("claim");

async function transfer() {
  const { agents } = await api.get("desk/agents");
  const others = agents.filter((agent) => agent.id !== open.assignee?.id).sort((a, b) => b.present - a.present);
  if (!others.length) {
    toast(t("nobody_else"), { kind: "bad" });
    return null;
  }
  const options = others.map((agent) => [agent.id, agent.present ? t("agent_present", { name: agent.name }) : t("agent_away", { name: agent.name })]);
  return ask({
    title: t("transfer_title"), text: t("transfer_about"), confirm: t("transfer"),
    fields: [{ name: "to", label: t("to_whom"), kind: "select", options, required: true }],
    work: ({ to }) => post("transfer", { to: Number(to) }),
  });
}

const giveBack = () => ask({
  title: t("return_title"), confirm: t("return"),
  fields: [
    { name: "outcome", label: t("return_how"), kind: "select", value: "continue", options: ["continue", "done"].map((code) => [code, t(`return_${code}`)]) },
    { name: "note", label: t("note_optional"), kind: "text", hint: t("note_for_staff") },
  ],
  work: ({ outcome, note }) => post("return", { outcome, note: note || null }),
});

const resolve = () => ask({
  title: t("resolve_title"), confirm: t("resolve"),
  fields: [
    { name: "outcome", label: t("outcome"), kind: "select", options: OUTCOMES.map((code) => [code, t(`outcome_${code}`)]), required: true },
    { name: "note", label: t("note_optional"), kind: "text", hint: t("note_for_staff") },
  ],
  work: ({ outcome, note }) => post("resolve", { outcome, note: note || null }),
});

// Putting aside

/** Moments that people mean: soon, later today, tomorrow morning, next week. */
export function presets(now = new Date()) {
  const inHours = (hours) => new Date(now.getTime() + hours * 3600e3);
  const morning = (days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
  const found = [
    ["snooze_half", inHours(0.5)], ["snooze_hour", inHours(1)], ["snooze_hours", inHours(3)],
    ["snooze_tomorrow", morning(1)], ["snooze_week", morning(((8 - now.getDay()) % 7) || 7)],
  ];
  // On a Sunday tomorrow is Monday.
  return found.filter(([, until], index) => !found.slice(0, index).some(([, other]) => Number(other) === Number(until)));
}

const snoozes = () => [
  ...presets().map(([key, until]) => el("button", { type: "button", onclick: () => sleep(until) }, t(key), el("span", { class: "soft small push" }, when(until)))),
  el("button", { type: "button", onclick: chooseMoment }, t("snooze_custom")),
];

async function sleep(until) {
  const id = open.id;
  try {
    done((await post("snooze", { until: until.toISOString() })).conversation);
  } catch (error) {
    refused(error);
    done(null, id);
  }
}

async function chooseMoment() {
  const tomorrow = presets()[3][1];
  // The field shows and takes local time without a zone.
  const value = new Date(tomorrow - tomorrow.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
  const answer = await ask({
    title: t("snooze_title"), text: t("snooze_about"), confirm: t("snooze"),
    fields: [{ name: "until", label: t("until"), kind: "datetime-local", value, required: true }],
    work: ({ until }) => post("snooze", { until: new Date(until).toISOString() }),
  });
  if (answer) done(answer.conversation);
}

/** Send the customer the way to another channel. */
export async function offerChannel(channel) {
  const { id } = open;
  try {
    done((await post("continue", { channel })).conversation);
    toast(t("offered_channel", { channel: named("channel", channel) }));
  } catch (error) {
    if (!error.code) throw error;
    refused(error);
  }
  done(null, id);
}

/** Take back whose conversation it is. */
export async function unlink() {
  const answer = await ask({ title: t("unlink"), text: t("unlink_about"), confirm: t("unlink"), fields: [], work: () => post("unlink") });
  if (answer) done(null, open.id);
}

/** Correct a fact, or add one when `fact` is null. */
export async function changeFact(fact) {
  const fields = [{ name: "value", label: t("value"), value: fact?.value ?? "", required: true, most: 500 }];
  if (!fact) fields.unshift({ name: "key", label: t("what"), kind: "select", options: FACTS.map((key) => [key, named("fact", key)]) });
  const answer = await ask({
    title: fact ? named("fact", fact.key) : t("add_fact"), text: t("fact_about"), confirm: t("save"), fields,
    work: ({ key, value }) => api.put(`desk/conversations/${encodeURIComponent(open.id)}/facts/${fact?.key ?? key}`, { value }),
  });
  if (answer) done(null, open.id);
}
