// The conversation's own words: every message of every channel, notes included.

import { conversation as path } from "./api.js";
import { $, el, fill, link } from "./dom.js";
import { named, t, when } from "./texts.js";

export function drawTranscript(id, messages) {
  fill($("transcript"), messages.flatMap((message) => message.session_break
    ? [el("div", { class: "break" }, when(message.at)), one(id, message)] : [one(id, message)]));
  toEnd();
}

// A message that is there already (the feed and a poll may both bring it) is not added again.
export function addMessage(id, message) {
  if ($(`message-${message.id}`)) return false;
  const area = $("transcript");
  const atEnd = area.scrollHeight - area.scrollTop - area.clientHeight < 80;
  area.append(one(id, message));
  if (atEnd || message.sender === "agent") toEnd();
  return true;
}

export function jumpTo(messageId) {
  const node = $(`message-${messageId}`);
  if (!node) return;
  document.querySelectorAll(".message.found").forEach((other) => other.classList.remove("found"));
  node.classList.add("found");
  node.scrollIntoView({ block: "center" });
  node.focus();
}

function toEnd() {
  $("transcript").scrollTop = $("transcript").scrollHeight;
}

function one(id, message) {
  const kind = message.kind === "note" ? "note" : message.sender;
  const head = [
    message.kind === "note" ? t("note") : t(`sender_${message.sender}`), message.author,
    message.channel && named("channel", message.channel), when(message.at),
  ];
  return el("article", { id: `message-${message.id}`, class: `message ${kind} ${message.sender}`, tabIndex: -1 },
    el("span", { class: "when" }, head.filter(Boolean).join(" · ")),
    el("p", {}, message.text),
    message.cards.map((card) => el("p", {}, el("strong", {}, card.title ?? ""), ` ${card.subtitle ?? ""} `,
      card.url ? link(card.url, t("open_link")) : "")),
    message.buttons.length ? el("div", { class: "chips" }, message.buttons.map((b) => el("span", {}, b.title))) : null,
    message.attachments.length ? el("div", { class: "chips" }, message.attachments.map((file) => el("a", {
      href: `/api/desk/${path(id, `attachments/${encodeURIComponent(file.id)}`)}`, target: "_blank", rel: "noopener",
    }, file.name))) : null,
    message.undelivered ? el("strong", { class: "broken" }, t("undelivered")) : null);
}
