/** The conversation's words: a window on a transcript of any length, growing at either end and cut at the other. */

import * as api from "/static/api.js";
import { $, el, fill, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { draw, drawPending, sessionBreak } from "./message.js";

const MOST = 180; // messages in the page at once
const NEAR = 600; // pixels from an end at which the next page is fetched
const AT_END = 80;

let id = null;
let messages = []; // in order, each {…message}, drawn as #message-<id>
let before = null; // ids to ask for the neighbouring pages with
let after = null;
let seen = "";
let loading = false;
let unseen = 0;
let pinned = true; // to the end: what changes the height of anything leaves the newest in sight
let top = 0;
let pending = { of: () => [], retry: null, discard: null };

const area = () => $("transcript");
const path = (what = "") => `desk/conversations/${encodeURIComponent(id)}${what}`;
const tools = {
  file: (file) => `/api/${path(`/attachments/${encodeURIComponent(file)}`)}`,
  sendAgain: (message) => attempt(() => api.post(path(`/messages/${message.id}/send`))),
  get seen() { return seen; },
};

/** `outbox` is {of(id), retry(item), discard(item)}: what waits to be sent. */
export function setUp(outbox) {
  pending = outbox;
  area().addEventListener("scroll", scrolled, { passive: true });
  area().addEventListener("load", stay, { capture: true });
  new ResizeObserver(stay).observe(area());
  $("to-end").addEventListener("click", toNewest);
}

/** Another conversation is coming: nothing of the one before stays on the screen. */
export function clear(next) {
  id = next;
  messages = [];
  before = after = null;
  unseen = 0;
  fill(area(), next ? skeleton(6) : []);
  drawEnd();
}

/** A page of the conversation, in place of what is shown. */
export function show(page, seenAt, { end = true } = {}) {
  seen = seenAt ?? "";
  messages = page.messages;
  before = page.before;
  after = page.after ?? null;
  area().setAttribute("aria-busy", "true");
  fill(area(), messages.map(pair));
  drawPendings();
  if (end) toEnd();
  else pinned = false;
  area().setAttribute("aria-busy", "false");
}

/** The newest page again, after a change: new messages are added, changed ones drawn anew. */
export function refresh(page, seenAt) {
  const looked = (seenAt ?? "") !== seen;
  seen = seenAt ?? "";
  const known = new Map(messages.map((message) => [message.id, message]));
  const newest = messages.at(-1)?.id ?? 0;
  // So much was missed that the pages do not meet: begin again with the newest one.
  if (after === null && messages.length && page.messages.length && page.messages[0].id > newest && page.before) return show(page, seenAt);
  for (const message of page.messages) {
    const before_ = known.get(message.id);
    if (!before_) add(message);
    else if (looked || JSON.stringify(before_) !== JSON.stringify(message)) redraw(message, before_);
  }
  drawPendings();
}

function redraw(message, old) {
  message.session_break = old.session_break;
  messages[messages.indexOf(old)] = message;
  $(`message-${message.id}`).replaceWith(draw(message, tools));
}

const pair = (message) => [message.session_break ? sessionBreak(message) : null, draw(message, tools)];

/** A message that has just been said. What is there already (the feed and a poll may both bring it) is not added again. */
export function add(message) {
  if (messages.some((known) => known.id === message.id)) return;
  if (after !== null) return more(message);
  const wasAtEnd = atEnd();
  const place = messages.findLastIndex((known) => known.id < message.id);
  const following = messages[place + 1];
  messages.splice(place + 1, 0, message);
  const nodes = pair(message).filter(Boolean);
  if (following) $(`message-${following.id}`).before(...nodes);
  else area().insertBefore(nodes[0], firstPending());
  if (!following && nodes[1]) nodes[0].after(nodes[1]);
  drawPendings();
  if (wasAtEnd || message.sender === "agent") toEnd();
  else more(message);
  cut("top");
}

function more(message) {
  if (message.sender === "customer") unseen += 1;
  drawEnd();
}

/** The ids of the buttons that still work: all others that were offered are shown as expired. */
export function buttons(live) {
  const working = new Set(live);
  for (const message of messages) {
    const changed = message.offered.filter((button) => button.expired === working.has(button.id));
    if (!changed.length) continue;
    for (const button of changed) button.expired = !button.expired;
    $(`message-${message.id}`)?.replaceWith(draw(message, tools));
  }
}

/** Show a message, wherever in the conversation it is. */
export async function jump(messageId) {
  if (!$(`message-${messageId}`)) {
    const mine = id;
    const page = await attempt(() => api.get(path(`/messages?around=${messageId}`)));
    if (!page || mine !== id) return;
    show(page, seen, { end: false });
  }
  const node = $(`message-${messageId}`);
  if (!node) {
    toast(t("message_gone"), { kind: "bad" });
    return;
  }
  area().querySelectorAll(".found").forEach((other) => other.classList.remove("found"));
  node.classList.add("found");
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
}

/** True while a message of ours is not known to have arrived: it is worth asking again. */
export const unsettled = () => messages.some((message) => message.sender === "agent" && message.kind !== "note"
  && (message.delivery ? ["pending", "retrying"].includes(message.delivery.state) : seen < message.at));

export const lastOfCustomer = () => Math.max(0, ...messages.filter((message) => message.sender === "customer").map((message) => message.id));

// Scrolling

const atEnd = () => area().scrollHeight - area().scrollTop - area().clientHeight < AT_END;

const stay = () => pinned && after === null && toEnd();

export function toEnd() {
  area().scrollTop = area().scrollHeight;
  pinned = true;
  top = area().scrollTop;
  unseen = 0;
  drawEnd();
}

async function toNewest() {
  if (after === null) return toEnd();
  const mine = id;
  const page = await attempt(() => api.get(path("/messages")));
  if (page && mine === id) show(page, seen);
}

function scrolled() {
  const { scrollTop, scrollHeight, clientHeight } = area();
  if (scrollTop < top) pinned = false;
  else if (atEnd()) pinned = true;
  top = scrollTop;
  if (scrollTop < NEAR && before !== null) grow("before");
  else if (scrollHeight - scrollTop - clientHeight < NEAR && after !== null) grow("after");
  if (after === null && atEnd()) unseen = 0;
  drawEnd();
}

async function grow(side) {
  if (loading || !messages.length) return;
  loading = true;
  const mine = id;
  const page = await attempt(() => api.get(path(`/messages?${side}=${side === "before" ? before : after}`)));
  loading = false;
  if (!page || mine !== id) return;
  const known = new Set(messages.map((message) => message.id));
  const fresh = page.messages.filter((message) => !known.has(message.id));
  if (side === "before") {
    keepingPlace(() => area().prepend(...fresh.flatMap(pair).filter(Boolean)));
    messages = [...fresh, ...messages];
    before = page.before;
    cut("bottom");
  } else {
    const place = firstPending();
    for (const node of fresh.flatMap(pair).filter(Boolean)) area().insertBefore(node, place);
    messages = [...messages, ...fresh];
    after = page.after;
    cut("top");
    drawPendings();
  }
}

/** Too many messages slow everything down: the end that is out of sight goes, and is fetched again when needed. */
function cut(end) {
  const over = messages.length - MOST;
  if (over <= 0) return;
  const gone = end === "top" ? messages.splice(0, over) : messages.splice(-over);
  keepingPlace(() => {
    for (const message of gone) {
      const node = $(`message-${message.id}`);
      if (node.previousElementSibling?.classList.contains("break")) node.previousElementSibling.remove();
      node.remove();
    }
  });
  if (end === "top") before = messages[0].id;
  else after = messages.at(-1).id;
  drawPendings();
}

function keepingPlace(change) {
  const anchor = [...area().querySelectorAll("[data-message]")].find((node) => node.offsetTop + node.offsetHeight > area().scrollTop);
  const was = anchor?.offsetTop;
  change();
  if (anchor?.isConnected) area().scrollTop += anchor.offsetTop - was;
}

function drawEnd() {
  const away = id && (after !== null || !atEnd());
  $("to-end").hidden = !away;
  if (away) fill($("to-end"), icon("chevron_down"), unseen ? t("new_messages", { count: unseen }) : t("to_newest"));
}

// What waits to be sent

const firstPending = () => area().querySelector("[data-pending]");

export function drawPendings() {
  const wasAtEnd = atEnd();
  area().querySelectorAll("[data-pending]").forEach((node) => node.remove());
  if (!id || after !== null) return;
  const stored = new Set(messages.map((message) => message.client_id));
  area().append(...pending.of(id).filter((item) => !stored.has(item.client_id)).map((item) => drawPending(item, pending)));
  if (wasAtEnd) toEnd();
}
