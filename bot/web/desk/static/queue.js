/** The queue: four views, and the conversations of the chosen one in the order they should be taken. */

import * as api from "/static/api.js";
import { $, el, empty, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { has, named, since as ago, t, when } from "/static/texts.js";
import { attempt } from "/static/toast.js";
import { keptMap } from "./kept.js";
import { VirtualList } from "./virtual.js";

export const VIEWS = ["waiting", "mine", "all", "resolved"];
const CALM_MINUTES = 5;
const LATE_MINUTES = 15;
const READ_KEPT = 500;

export const since = (moment) => (Date.now() - new Date(moment) < 60_000 ? t("just_now") : ago(moment));

let me = null;
let read = null;
let view = "waiting";
let rows = [];
let next = null;
let loading = null;
let numbers = {};
let openId = null;
let act = {};
let list = null;

/** `acts` is {open(id), news(cursor)}: what a press does, and what hears the last event a page knows of. */
export function setUp(acts) {
  act = acts;
  list = new VirtualList($("queue-area"), $("queue"), { draw: entry, same: signature, end: more });
  setInterval(() => list.show(), 10_000);
}

export function enter(user) {
  me = user;
  read = keptMap("read", READ_KEPT);
}

export const counts = () => numbers;
export const shownView = () => view;

export async function choose(wanted) {
  view = wanted;
  rows = [];
  next = null;
  $("queue-area").scrollTop = 0;
  $("queue-empty").replaceChildren();
  draw();
  await load();
}

/** Read the view from its beginning: at log-in, after a change of view, and while there is no live feed. */
export async function load() {
  const chosen = view;
  const found = await api.get(`desk/conversations?view=${chosen}`);
  if (chosen !== view) return;
  rows = found.conversations;
  next = found.next;
  count(found.counts);
  act.news(found.cursor);
  draw();
  drawEmpty();
}

const drawEmpty = () => fill($("queue-empty"), rows.length ? [] : empty(EMPTY[view], t(`empty_${view}`), t(`empty_${view}_hint`)));
const EMPTY = { waiting: "check", mine: "inbox", all: "chat", resolved: "archive" };

function more() {
  if (next === null || loading) return;
  const chosen = view;
  loading = attempt(async () => {
    const found = await api.get(`desk/conversations?view=${chosen}&after=${encodeURIComponent(next)}`);
    if (chosen !== view) return;
    const known = new Set(rows.map((row) => row.id));
    rows = [...rows, ...found.conversations.filter((row) => !known.has(row.id))];
    next = found.next;
    draw();
  }).finally(() => { loading = null; });
}

/** A conversation as it is now: into its place, or out of the view. */
export function place(conversation) {
  const known = rows.some((row) => row.id === conversation.id);
  rows = rows.filter((row) => row.id !== conversation.id);
  const order = sorting();
  // Further down than what is loaded it will come with its own page.
  const inside = next === null || known || !rows.length || order(conversation, rows.at(-1)) < 0;
  if (belongs(conversation) && inside) rows = [...rows, conversation].sort(order);
  draw();
  drawEmpty();
}

function belongs({ state, assignee }) {
  if (view === "waiting") return state === "waiting";
  if (view === "mine") return ["assigned", "snoozed"].includes(state) && assignee?.id === me.id;
  return view === "all" || state === "resolved";
}

function sorting() {
  const rank = {
    waiting: (c) => [c.escalated ? "0" : "1", c.reserved_for?.id === me.id ? "0" : "1", c.waits_since ?? ""],
    mine: (c) => [c.unanswered ? "0" : "1", c.unanswered ? c.waits_since ?? "" : ""],
  }[view];
  const newest = (a, b) => b.updated_at.localeCompare(a.updated_at) || a.id.localeCompare(b.id);
  if (!rank) return newest;
  return (a, b) => {
    const [left, right] = [rank(a), rank(b)];
    for (const index of left.keys()) if (left[index] !== right[index]) return left[index] < right[index] ? -1 : 1;
    return newest(a, b);
  };
}

export function count(values) {
  numbers = values;
  drawTabs();
}

/** The open conversation's row is marked, and what is in it counts as read. */
export function mark(id, lastCustomerMessage = 0) {
  openId = id;
  if (id) read.set(id, Math.max(read.get(id) ?? 0, lastCustomerMessage));
  list.show();
}

const unread = (c) => ["waiting", "assigned"].includes(c.state) && c.id !== openId && c.last?.sender === "customer" && c.last.id > (read.get(c.id) ?? 0);

/** Move the focus along the rows. */
export function step(by) {
  if (!rows.length) return;
  const focused = document.activeElement?.closest("[data-conversation]")?.dataset.conversation ?? openId;
  const at = rows.findIndex((row) => row.id === focused);
  const index = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
  list.reveal(index)?.firstElementChild.focus({ preventScroll: true });
}

export function draw() {
  drawTabs();
  list.set(rows);
}

function drawTabs() {
  const tabs = VIEWS.map((name) => el("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === view), "aria-controls": "queue-area", tabindex: name === view ? "0" : "-1",
    title: t("key_hint", { key: `g ${name[0]}` }), onclick: () => attempt(() => choose(name)), onkeydown: (event) => move(event, name),
  }, t(`view_${name}`), numbers[name] ? el("span", { class: "count" }, numbers[name] > 999 ? "999+" : String(numbers[name])) : null));
  const focused = document.activeElement?.id;
  fill($("tabs"), tabs);
  if (focused?.startsWith("tab-")) $(focused)?.focus();
}

function move(event, name) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const wanted = VIEWS[(VIEWS.indexOf(name) + by + VIEWS.length) % VIEWS.length];
  attempt(() => choose(wanted));
  $(`tab-${wanted}`).focus();
}

/** How pressing a wait is: by the time that was promised where one was, otherwise by minutes. */
export function pressing({ waits_since, promised_at, escalated }, now = Date.now()) {
  if (!waits_since) return "";
  const waited = now - new Date(waits_since);
  const promised = promised_at ? new Date(promised_at) - new Date(waits_since) : LATE_MINUTES * 60_000;
  if (escalated || waited >= promised) return "bad";
  return waited >= Math.min(promised / 2, CALM_MINUTES * 60_000) ? "warn" : "good";
}

const signature = (c) => JSON.stringify([c, c.id === openId, unread(c), pressing(c), c.waits_since && since(c.waits_since), t("language")]);

function entry(c) {
  const wait = pressing(c);
  const waiting = ["waiting", "assigned"].includes(c.state) && c.waits_since;
  return el("button", {
    type: "button", class: `entry ${unread(c) ? "unread" : ""}`, "data-conversation": c.id, onclick: () => act.open(c.id),
    "aria-current": c.id === openId ? "true" : null,
  },
  el("span", { class: "line" },
    el("strong", { class: "one-line" }, c.customer ?? t("customer_unknown")),
    waiting
      ? el("span", { class: `badge ${wait} number` }, icon(wait === "bad" ? "alert" : "clock"), el("span", { class: "hidden" }, t("waits")), since(c.waits_since))
      : el("span", { class: "soft small number" }, since(c.updated_at))),
  el("span", { class: "line small soft" },
    el("span", { class: "one-line" }, about(c)),
    c.channels.map((code) => el("span", { title: named("channel", code) }, icon(CHANNELS[code] ?? "chat"), el("span", { class: "hidden" }, named("channel", code))))),
  el("span", { class: "line small" },
    el("span", { class: "one-line preview" }, preview(c)),
    unread(c) ? el("span", { class: "count new" }, String(c.unanswered_count || 1), el("span", { class: "hidden" }, t("unread"))) : null));
}

const CHANNELS = { web: "chat", email: "mail", telegram: "send", messenger: "chat" };

/** By when an answer was promised, in words. */
export function promise({ state, promised_at }) {
  if (!promised_at || !["waiting", "assigned"].includes(state)) return "";
  return new Date(promised_at) < new Date() ? t("sla_late", { when: when(promised_at) }) : t("sla_until", { when: when(promised_at) });
}

function about(c) {
  const who = c.assignee ? (c.assignee.id === me.id ? t("me") : c.assignee.name) : null;
  const state = c.state === "resolved" && c.outcome && has(`outcome_${c.outcome}`) ? t(`outcome_${c.outcome}`) : t(`state_${c.state}`);
  const kept = c.state === "waiting" && c.reserved_for?.id === me.id ? t("for_me") : null;
  return [kept, c.reason ? named("reason", c.reason) : state, c.state === "snoozed" && t("snoozed_until", { when: when(c.snoozed_until) }), who, promise(c)].filter(Boolean).join(" · ");
}

function preview({ last }) {
  if (!last) return "";
  const text = last.text || (last.file ? t("file_named", { name: last.file }) : "");
  return last.sender === "customer" ? text : `${t(`sender_${last.sender}`)}: ${text}`;
}
