/** The desk: lets staff in, keeps the queue and the open conversation up to date, and wires the parts together. */

import * as api from "/static/api.js";
import { $ } from "/static/dom.js";
import { signIn } from "/static/signin.js";
import { language, load, preferred, t } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import * as actions from "./actions.js";
import * as alerts from "./alerts.js";
import { load as loadAsking } from "./asking.js";
import * as compose from "./compose.js";
import { follow } from "./feed.js";
import * as header from "./header.js";
import { keepFor } from "./kept.js";
import * as keys from "./keys.js";
import * as one from "./one.js";
import * as queue from "./queue.js";
import * as search from "./search.js";
import * as sending from "./sending.js";
import { bindings } from "./shortcuts.js";
import * as transcript from "./transcript.js";

const TEXTS = "/desk/static/texts";
const SETTLE_MS = 15_000;

let me = null;
let cursor = 0;
let stop = () => {};

const news = (number) => { cursor = Math.max(cursor, number); };

// What happens

function frame(told) {
  if (told.cursor) news(told.cursor);
  if (told.type === "counts") return counted(told.counts);
  const id = told.conversation_id ?? told.conversation.id;
  if (told.type === "conversation") {
    queue.place(told.conversation);
    one.changed(told.conversation, told.buttons);
    return undefined;
  }
  if (told.type === "message") {
    one.said(id, told.message);
    if (told.message.sender === "customer" && one.mine(id)) alert(id, 1, "heard_message");
  } else {
    one.happened(id);
    if (told.event === "escalated") alert(id, 3, "heard_late");
    else if (told.details.state === "waiting") alert(id, 1, "heard_waiting");
    else if (told.details.to_id === me.id) alert(id, 1, "heard_given");
  }
  return undefined;
}

function counted(counts) {
  queue.count(counts);
  alerts.title(counts.waiting);
}

function alert(id, times, words) {
  alerts.ring(times);
  const conversation = one.known(id);
  alerts.notice(conversation ?? { id }, t(words, { name: conversation?.customer ?? t("customer_unknown") }));
}

async function poll() {
  await attemptQuietly(queue.load);
  alerts.title(queue.counts().waiting);
  one.refreshSoon();
}

const attemptQuietly = (work) => work().catch((error) => { if (!error.code) throw error; });

let lost = false;

function connected(live) {
  $("connection").hidden = live;
  $("connection").textContent = live ? "" : t(navigator.onLine ? "reconnecting" : "offline");
  if (live && lost) one.refreshSoon();
  lost = !live;
}

// Coming and going

async function enter(user) {
  me = user;
  keepFor(me.id);
  $("signin").replaceChildren();
  $("desk").hidden = false;
  queue.enter(me);
  one.enter(me);
  compose.enter();
  dress();
  sending.enter();
  await attempt(() => queue.choose(queue.shownView()));
  alerts.title(queue.counts().waiting);
  stop();
  stop = follow({ cursor: () => cursor, frame, poll, shown: connected, loggedOut: out });
  one.fromAddress();
}

function dress() {
  header.draw(me, { out: logOut, speak, help: keys.help, changed: renamed });
  search.draw();
  alerts.offer();
}

/** Name or language were changed in "my account". */
function renamed(user) {
  Object.assign(me, user);
  if (me.language === language()) dress();
  else attempt(() => speak(me.language));
}

async function logOut() {
  await attempt(() => api.post("desk/logout"));
  out();
}

function out() {
  if (!me) return;
  stop();
  me = null;
  cursor = 0;
  sending.leave();
  one.close();
  search.close();
  alerts.title(0);
  api.useToken("");
  $("desk").hidden = true;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  begin();
}

async function begin() {
  enter(await signIn($("signin"), t("login_title")));
}

async function speak(wanted) {
  await load(wanted, TEXTS);
  if (!me) return;
  compose.translate();
  dress();
  queue.draw();
  await queue.load();
  one.translate();
}

queue.setUp({ open: (id) => one.go(id), news });
search.setUp({ open: (id, message) => one.go(id, message) });
alerts.setUp((id) => one.go(id));
actions.setUp((conversation, id) => {
  if (conversation) queue.place(conversation);
  one.refresh(conversation?.id ?? id);
});
one.setUp({ changeFact: actions.changeFact, offerChannel: actions.offerChannel, unlink: actions.unlink });
compose.setUp({ send: (id, message) => sending.send(id, { ...message, author: me.name }), jump: one.jump });
sending.setUp(one.outgoing, one.sent);
transcript.setUp({ of: sending.of, retry: sending.retry, discard: (item) => { sending.forget(item); compose.restore(item); } });
keys.setUp(bindings({ queue, search, one, compose, actions, help: keys.help }));
setInterval(() => { if (me && !document.hidden && transcript.unsettled()) one.refreshSoon(); }, SETTLE_MS);
addEventListener("hashchange", () => me && one.fromAddress());
api.onLoggedOut(() => { if (me) { toast(t("logged_out")); out(); } });

await load(preferred(), TEXTS);
await loadAsking();
let user = null;
try {
  user = await api.get("desk/me");
} catch (error) {
  if (!["unauthorized", "not_set_up"].includes(error.code)) toast(error.message, { kind: "bad" });
}
if (user) {
  api.useToken(user.csrf);
  enter(user);
} else {
  begin();
}
