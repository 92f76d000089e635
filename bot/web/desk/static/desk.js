// The desk: logs in, keeps the queue and the open conversation up to date, and wires the parts together.

import { changeFact, drawActions, mayReply } from "./actions.js";
import { call, conversation as path, follow, onLoggedOut, useToken } from "./api.js";
import * as compose from "./compose.js";
import { drawContext } from "./context.js";
import { $ } from "./dom.js";
import { belongs, drawQueue, drawTabs, order } from "./queue.js";
import { ring } from "./sound.js";
import { language, load, named, t, when } from "./texts.js";
import { addMessage, drawTranscript } from "./transcript.js";

// Set while this browser is logged in (scripts can't see the cookie): without it nobody is asked in vain.
const BEFORE = "tellonce-desk";

let me = null;
let view = "waiting";
let queue = [];
let next = null;
let cursor = 0;
let wanted = null; // id of the conversation to show
let open = null; // {conversation, context, messages} of the one that is shown
let asked = 0;
let stop = () => {};

const pane = (name) => { document.body.dataset.pane = name; };

function problem(error) {
  const text = error.code === "already_claimed" ? t("claimed_by", { by: error.details.by ?? "" }) : error.code ? error.message : t("no_connection");
  $("problem").textContent = text;
  $("problem").hidden = false;
  clearTimeout(problem.timer);
  problem.timer = setTimeout(() => { $("problem").hidden = true; }, 8000);
}

// The queue

async function loadQueue(page = 0) {
  const chosen = view;
  const found = await call("GET", `conversations?view=${chosen}&page=${page}`);
  if (chosen !== view) return;
  const fresh = new Set(found.conversations.map((item) => item.id));
  queue = page ? [...queue.filter((item) => !fresh.has(item.id)), ...found.conversations] : found.conversations;
  next = found.next;
  cursor = Math.max(cursor, found.cursor);
  showQueue();
}

function showQueue() {
  drawTabs(view, choose);
  drawQueue(queue, open?.conversation.id, show);
  $("more").hidden = next === null;
  const count = view === "waiting" ? queue.length : 0;
  document.title = count ? `(${count}) TellOnce` : "TellOnce";
}

function choose(chosen) {
  view = chosen;
  queue = [];
  showQueue();
  loadQueue().catch(problem);
}

function place(conversation) {
  const known = queue.some((item) => item.id === conversation.id);
  queue = queue.filter((item) => item.id !== conversation.id);
  if (belongs(conversation, view, me)) queue = [...queue, conversation].sort(order(view, me));
  else if (!known) return;
  showQueue();
}

// The open conversation

async function show(id, target = "conversation") {
  wanted = id;
  asked += 1;
  const mine = asked;
  if (target) pane(target);
  if (open?.conversation.id !== id) $("transcript").replaceChildren();
  try {
    const found = await call("GET", `${path(id)}?language=${language()}`);
    if (mine !== asked) return; // another one was opened, or this one again, in the meantime
    const same = open?.conversation.id === id;
    open = found;
    if (same) found.messages.forEach((message) => addMessage(id, message));
    else drawTranscript(id, found.messages);
    drawOpen();
    if (!same) showQueue();
  } catch (error) {
    problem(error);
  }
}

function drawOpen() {
  const { conversation, context } = open;
  $("title").textContent = conversation.customer ?? t("customer_unknown");
  const about = [t(`state_${conversation.state}`), conversation.assignee?.name, named("language", conversation.language),
    conversation.snoozed_until && t("until_when", { when: when(conversation.snoozed_until) })];
  $("state").textContent = about.filter(Boolean).join(" · ");
  drawActions(conversation, me, act);
  $("compose").hidden = false;
  compose.allow(mayReply(conversation, me));
  compose.know(context.facts);
  drawContext(context, {
    useDraft: (text) => { pane("conversation"); compose.useDraft(text); },
    changeFact: (fact) => act(() => changeFact(conversation.id, fact)),
    openOther: (id) => show(id),
    showMessage: () => pane("conversation"),
  });
}

async function act(work) {
  const id = open.conversation.id;
  try {
    await work();
  } catch (error) {
    problem(error);
  }
  if (wanted === id) await show(id, null);
}

// News

let soon = null;
const mine = new Set(); // ids of my conversations that something happened in

function refreshOpen() {
  clearTimeout(soon);
  soon = setTimeout(() => wanted && show(wanted, null), 300);
}

function frame(news) {
  if (news.cursor) cursor = Math.max(cursor, news.cursor);
  const id = news.conversation_id ?? news.conversation?.id;
  if (news.type === "conversation") {
    if (news.conversation.assignee?.id === me.id) mine.add(id);
    else mine.delete(id);
    place(news.conversation);
  }
  if (news.type === "message" && open?.conversation.id === id) addMessage(id, news.message);
  // `wanted`, not `open`: what happens while a conversation is being fetched may be missing from the answer.
  if (news.type !== "conversation" && wanted === id) refreshOpen();
  if (news.type === "state" && (news.event === "escalated" || news.details.state === "waiting")) ring(news.event === "escalated" ? 3 : 1);
  if (news.type === "message" && news.message.sender === "customer" && mine.has(id)) ring(1);
}

function poll() {
  loadQueue().catch(() => {});
  if (open) refreshOpen();
}

// Coming and going

async function enter() {
  me = await call("GET", "me");
  useToken(me.csrf);
  localStorage.setItem(BEFORE, "yes");
  $("login").hidden = true;
  $("desk").hidden = $("logout").hidden = false;
  $("who").textContent = `${me.name} (${t(`role_${me.role}`)})`;
  await compose.loadAsking();
  await loadQueue();
  stop();
  stop = follow({ cursor: () => cursor, frame, poll, shown: (live) => { $("connection").textContent = live ? "" : t("reconnecting"); } });
}

function leave() {
  stop();
  localStorage.removeItem(BEFORE);
  me = open = wanted = null;
  queue = [];
  useToken("");
  $("desk").hidden = $("logout").hidden = true;
  $("compose").hidden = true;
  for (const id of ["who", "connection", "queue", "transcript", "context", "actions", "state"]) $(id).replaceChildren();
  $("text").value = "";
  $("login").hidden = false;
  $("login").elements.namedItem("email").focus();
}

async function logIn(event) {
  event.preventDefault();
  const form = event.currentTarget;
  $("login-error").textContent = "";
  try {
    const { csrf } = await call("POST", "login", Object.fromEntries(new FormData(form)));
    useToken(csrf);
    form.reset();
    await enter();
  } catch (error) {
    $("login-error").textContent = error.code ? error.message : t("no_connection");
  }
}

async function speak(chosen) {
  await load(chosen);
  localStorage.setItem("tellonce-language", chosen);
  $("language").value = chosen;
  if (!me) return;
  $("who").textContent = `${me.name} (${t(`role_${me.role}`)})`;
  showQueue();
  if (open) drawTranscript(open.conversation.id, open.messages);
  if (wanted) await show(wanted, null);
}

onLoggedOut(() => { if (me) leave(); });
$("login").addEventListener("submit", logIn);
$("logout").addEventListener("click", () => call("POST", "logout", {}).catch(() => {}).finally(leave));
$("language").addEventListener("change", (event) => speak(event.target.value));
$("more").addEventListener("click", () => loadQueue(next).catch(problem));
$("back").addEventListener("click", () => pane("queue"));
$("show-context").addEventListener("click", () => pane("context"));
$("hide-context").addEventListener("click", () => pane("conversation"));
compose.setUp(() => open?.conversation.id, (id) => wanted === id && show(id, null), problem);

await speak(localStorage.getItem("tellonce-language") ?? (navigator.language.startsWith("pl") ? "pl" : "en"));
if (localStorage.getItem(BEFORE)) await enter().catch(leave);
else leave();
