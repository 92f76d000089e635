/** The open conversation: its head, its words, its context, and which of the three panes a small screen shows. */

import * as api from "/static/api.js";
import { $, action, el, empty, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { language, named, t, when } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import * as actions from "./actions.js";
import { knownFrom } from "./asking.js";
import * as compose from "./compose.js";
import * as panel from "./context.js";
import * as queue from "./queue.js";
import * as transcript from "./transcript.js";

const SOON_MS = 250;
const HERE_MS = 90_000;

let me = null;
let wanted = null; // id of the conversation to show
let open = null; // {conversation, context} of the one that is shown
let asked = 0;
let soon = 0;
let jumpOn = null; // the message to show once it is open
let act = {};
const seen = new Map(); // conversations as the feed told of them last

export const setUp = (acts) => {
  act = acts;
  setInterval(() => open && drawState(), 10_000);
};

export function enter(user) {
  me = user;
  nobody();
}

export const pane = (name) => { document.body.dataset.pane = name; };
export const context = () => open?.context;
export const known = (id) => (open?.conversation.id === id ? open.conversation : seen.get(id));
export const mine = (id) => known(id)?.assignee?.id === me.id && known(id).state === "assigned";

// Which one: the address says it, so that a reload and the browser's own "back" work.

export function go(id, message = null) {
  jumpOn = message;
  const address = `#${encodeURIComponent(id)}`;
  if (location.hash !== address) location.hash = address;
  else fromAddress();
}

export function fromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (!id) return close();
  pane("conversation");
  if (id === wanted && open) {
    if (jumpOn) transcript.jump(jumpOn);
    jumpOn = null;
    return undefined;
  }
  return show(id);
}

export function backToQueue() {
  const row = wanted && document.querySelector(`#queue [data-conversation="${CSS.escape(wanted)}"]`);
  history.pushState(null, "", location.pathname);
  pane("queue");
  if (row) row.focus();
  else queue.step(0);
}

async function show(id) {
  wanted = id;
  open = null;
  document.body.classList.add("one-open");
  transcript.clear(id);
  panel.clear();
  fill($("nobody"));
  $("head").hidden = false;
  $("compose").hidden = true;
  document.querySelector(".transcript-area").hidden = false;
  fill($("head"), backButton(), el("h1", {}, known(id)?.customer ?? t("loading")));
  queue.mark(id);
  const found = await fetchOne(id);
  if (!found) return;
  open = found;
  drawHead();
  transcript.show({ ...found, after: null }, found.conversation.customer_seen_at);
  compose.open(id);
  draw();
  if (jumpOn) transcript.jump(jumpOn);
  else if (document.activeElement === document.body) $("transcript").focus({ preventScroll: true });
  jumpOn = null;
}

/** The conversation, or null when another one was asked for meanwhile or it cannot be had. */
async function fetchOne(id) {
  const number = ++asked;
  try {
    const found = await api.get(`desk/conversations/${encodeURIComponent(id)}?language=${language()}`);
    return number === asked && wanted === id ? found : null;
  } catch (error) {
    if (number !== asked || error.code === "unauthorized") return null;
    if (open) return null; // what is shown stays; the connection's own badge says the rest
    transcript.clear(null);
    document.querySelector(".transcript-area").hidden = true;
    $("head").hidden = true;
    fill($("nobody"), empty("alert", error.message, "", action(t("retry"), () => show(id))));
    return null;
  }
}

/** The open conversation again, after something happened in it. */
export async function refresh(id) {
  if (wanted !== id) return;
  clearTimeout(soon);
  const found = await fetchOne(id);
  if (!found || !open) return;
  open = found;
  transcript.refresh(found, found.conversation.customer_seen_at);
  draw();
}

export function refreshSoon() {
  clearTimeout(soon);
  if (wanted) soon = setTimeout(() => (open ? refresh(wanted) : show(wanted)), SOON_MS);
}

// What the feed tells

export function changed(conversation, buttons) {
  seen.set(conversation.id, conversation);
  if (open?.conversation.id !== conversation.id) return;
  const lost = mine(conversation.id) && conversation.assignee && conversation.assignee.id !== me.id;
  open.conversation = conversation;
  transcript.buttons(buttons);
  drawState();
  actions.draw(conversation, me);
  allow();
  if (lost) toast(t("passed_on", { name: conversation.assignee.name }));
}

export function said(id, message) {
  // `wanted`, not `open`: what is said while a conversation is being fetched may be missing from the answer.
  if (wanted !== id) return;
  if (open) transcript.add(message);
  queue.mark(id, transcript.lastOfCustomer());
  refreshSoon();
}

export const happened = (id) => { if (wanted === id) refreshSoon(); };
export const outgoing = (id) => { if (wanted === id && open) transcript.drawPendings(); };

/** A message of ours is stored: it is asked for, should the feed not be there to bring it. */
export const sent = (item) => happened(item.conversation);

// Drawing

function draw() {
  const { conversation } = open;
  queue.mark(conversation.id, transcript.lastOfCustomer());
  drawState();
  actions.draw(conversation, me);
  allow();
  compose.know(knownFrom(open.context));
  const { customer } = open.context;
  const linked = customer.links.filter((link) => link.active).map((link) => link.channel);
  const ways = actions.mayReply(conversation, me) ? open.channels.filter((name) => !linked.includes(name)) : [];
  const unlinkable = me.role === "admin" && Boolean(customer.id);
  const insert = (text) => { pane("conversation"); compose.insert(text); };
  panel.draw({ ...open.context, ways, unlinkable }, { ...act, jump, insert, openOther: go }, language());
}

export function jump(message) {
  pane("conversation");
  transcript.jump(message);
}

const backButton = () => el("button", { type: "button", class: "quiet square only-narrow", "aria-label": t("back"), title: t("back"), onclick: backToQueue }, icon("arrow_left"));

function drawHead() {
  fill($("head"),
    el("div", { class: "row head-line" }, backButton(),
      el("div", { class: "who-line" }, el("h1", { id: "title", class: "one-line" }), el("p", { id: "state", class: "small soft row tight" })),
      el("button", { type: "button", class: "quiet context-button push", title: t("key_hint", { key: "i" }), onclick: toggleContext }, icon("info"), t("context"))),
    el("div", { id: "actions", class: "row tight" }));
  fill($("context-head"),
    el("h2", {}, t("context")),
    el("button", { type: "button", class: "quiet square push close-context", "aria-label": t("back_to_conversation"), title: t("back_to_conversation"), onclick: () => pane("conversation") }, icon("cross")));
}

function drawState() {
  const c = open.conversation;
  const waiting = ["waiting", "assigned"].includes(c.state) && c.waits_since;
  const here = c.customer_seen_at && Date.now() - new Date(c.customer_seen_at) < HERE_MS;
  const name = c.customer ?? t("customer_unknown");
  if ($("title").textContent !== name) $("title").textContent = name;
  const now = [
    el("span", { class: `badge ${{ waiting: "warn", assigned: "info", resolved: "good" }[c.state] ?? ""}` }, t(`state_${c.state}`)),
    c.assignee ? el("span", {}, icon("person"), " ", c.assignee.id === me.id ? t("assigned_to_me", { name: c.assignee.name }) : c.assignee.name) : null,
    c.state === "snoozed" ? el("span", {}, t("snoozed_until", { when: when(c.snoozed_until) })) : null,
    waiting ? el("span", { class: `number ${queue.pressing(c)}` }, icon("clock"), " ", t("waits_for", { time: queue.since(c.waits_since) })) : null,
    queue.promise(c) ? el("span", {}, queue.promise(c)) : null,
    c.outcome ? el("span", {}, named("outcome", c.outcome)) : null,
    c.customer_seen_at ? el("span", { class: here ? "good" : "" }, t(here ? "customer_here" : "customer_was_here", { time: queue.since(c.customer_seen_at) })) : null,
  ].filter(Boolean);
  const text = now.map((node) => node.textContent).join("|");
  if ($("state").dataset.shown === text) return;
  $("state").dataset.shown = text;
  fill($("state"), now);
}

function allow() {
  const c = open.conversation;
  const may = actions.mayReply(c, me);
  compose.allow(may, may ? [] : t(c.assignee ? "only_notes_owner" : "only_notes", { name: c.assignee?.name }));
}

export function toggleContext() {
  pane(document.body.dataset.pane === "context" ? "conversation" : "context");
}

export function close() {
  asked += 1;
  wanted = open = null;
  document.body.classList.remove("one-open");
  clearTimeout(soon);
  transcript.clear(null);
  panel.clear();
  compose.open(null);
  fill($("head"));
  fill($("context-head"));
  $("head").hidden = true;
  document.querySelector(".transcript-area").hidden = true;
  pane("queue");
  if (me) {
    queue.mark(null);
    nobody();
  }
}

const nobody = () => fill($("nobody"), empty("inbox", t("choose"), t("choose_hint")));

/** The same in another language: the context's words come from the gateway. */
export function translate() {
  if (!open) return nobody();
  drawHead();
  $("actions").dataset.shown = "";
  transcript.clear(wanted);
  transcript.show(open, open.conversation.customer_seen_at);
  return attempt(() => refresh(wanted));
}
