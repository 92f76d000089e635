/** Messages on their way: kept until the gateway has them, tried again when the network was the reason, never sent twice. */

import * as api from "/static/api.js";
import { keep, recall } from "./kept.js";

const AGAIN_MS = [1000, 2000, 5000, 10_000, 30_000];

let items = [];
let heard = () => {};
let stored = () => {};
const running = new Set(); // conversations in which one is under way: they go in order
const timers = new Map();

/** `changed(conversationId)` when what is to be shown changed, `arrived(item, messageId)` when one is stored. */
export function setUp(changed, arrived) {
  heard = changed;
  stored = arrived;
  addEventListener("online", () => items.filter((item) => item.state === "waiting").forEach((item) => go(item.conversation)));
}

/** Take up what a reload interrupted: the gateway knows by its id what it has already. */
export function enter() {
  items = recall("outbox", []).map((item) => (item.state === "failed" ? item : { ...item, state: "waiting" }));
  for (const id of new Set(items.map((item) => item.conversation))) go(id);
}

export function leave() {
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  items = [];
}

export const of = (conversation) => items.filter((item) => item.conversation === conversation);

/** Send; it is on the screen at once. */
export function send(conversation, { text, kind, files, author }) {
  items.push({ client_id: api.newId(), conversation, text, kind, files, author, at: new Date().toISOString(), state: "sending", tries: 0 });
  changed(conversation);
  go(conversation);
}

export function retry(item) {
  Object.assign(item, { state: "sending", tries: 0 });
  changed(item.conversation);
  return go(item.conversation);
}

/** Take it out of the way; the caller puts the words back where they were written. */
export function forget(item) {
  items = items.filter((other) => other !== item);
  changed(item.conversation);
}

function changed(conversation) {
  keep("outbox", items.length ? items : null);
  heard(conversation);
}

async function go(conversation) {
  if (running.has(conversation)) return;
  running.add(conversation);
  clearTimeout(timers.get(conversation));
  try {
    let item;
    while ((item = of(conversation).find((other) => other.state !== "failed"))) if (!(await one(item))) return;
  } finally {
    running.delete(conversation);
  }
}

/** True when the next one may go: one that was refused does not hold up the others. */
async function one(item) {
  const { client_id, conversation, text, kind, files } = item;
  try {
    const body = { text, kind, client_id, attachments: files.map((file) => file.id) };
    const answer = await api.post(`desk/conversations/${encodeURIComponent(conversation)}/messages`, body);
    items = items.filter((other) => other !== item);
    stored(item, answer.message_id);
    changed(conversation);
    return true;
  } catch (error) {
    if (!items.includes(item)) return false;
    if (error.code === "unauthorized") {
      item.state = "waiting"; // goes after the next log-in
    } else if (error.status && error.status < 500 && error.status !== 429) {
      Object.assign(item, { state: "failed", problem: error.message });
    } else {
      item.state = "waiting";
      const pause = AGAIN_MS[Math.min(item.tries++, AGAIN_MS.length - 1)];
      timers.set(conversation, setTimeout(() => go(conversation), pause));
    }
    changed(conversation);
    return item.state === "failed";
  }
}
