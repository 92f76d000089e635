// The queue: tabs, and the conversations of the chosen one in the order they should be taken.

import { $, el, fill } from "./dom.js";
import { named, t, when } from "./texts.js";

export const VIEWS = ["waiting", "mine", "all", "resolved"];

export function belongs(conversation, view, me) {
  if (view === "waiting") return conversation.state === "waiting";
  if (view === "mine") return ["assigned", "snoozed"].includes(conversation.state) && conversation.assignee?.id === me.id;
  return view === "all" || conversation.state === "resolved";
}

export function order(view, me) {
  if (view !== "waiting") return (a, b) => b.updated_at.localeCompare(a.updated_at);
  const rank = (c) => [c.escalated ? 0 : 1, c.reserved_for?.id === me.id ? 0 : 1, c.waiting_since ?? ""].join(" ");
  return (a, b) => rank(a).localeCompare(rank(b));
}

export function drawTabs(view, choose) {
  fill($("tabs"), VIEWS.map((name) => el("button", {
    type: "button", role: "tab", "aria-selected": String(name === view), tabIndex: name === view ? 0 : -1,
    onclick: () => choose(name),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      choose(VIEWS[(VIEWS.indexOf(name) + step + VIEWS.length) % VIEWS.length]);
      $("tabs").querySelector("[aria-selected=true]").focus();
    },
  }, t(`view_${name}`))));
}

export function drawQueue(conversations, openId, open) {
  const focused = document.activeElement?.dataset?.conversation;
  const items = conversations.map((conversation) => el("li", {}, entry(conversation, openId, open)));
  fill($("queue"), items.length ? items : el("li", { class: "empty" }, t("queue_empty")));
  if (focused) $("queue").querySelector(`[data-conversation="${CSS.escape(focused)}"]`)?.focus();
}

function entry(conversation, openId, open) {
  const waiting = conversation.state === "waiting";
  const facts = [
    conversation.reason ? named("reason", conversation.reason) : t(`state_${conversation.state}`),
    conversation.channels.map((code) => named("channel", code)).join(", "),
    waiting ? t("waits_since", { when: when(conversation.waiting_since) }) : conversation.assignee?.name,
  ];
  const late = waiting && (conversation.escalated || new Date(conversation.promised_at ?? "9999") < new Date());
  return el("button", {
    type: "button", "data-conversation": conversation.id, onclick: () => open(conversation.id),
    "aria-current": conversation.id === openId ? "true" : null,
  },
  el("strong", {}, conversation.customer ?? t("customer_unknown")),
  el("span", { class: late ? "late" : "when" }, facts.filter(Boolean).join(" · ")),
  late ? el("span", { class: "late" }, t("late")) : null,
  el("span", { class: "preview" }, conversation.last?.text ?? ""));
}
