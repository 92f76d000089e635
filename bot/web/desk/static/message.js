/** One message of the transcript, as staff see it. */

import { action, el, link } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { named, t, when } from "/static/texts.js";

/** `file(id)` is the address of an attachment, `sendAgain(message)` tries a failed delivery, `seen` is when the customer's page last looked. */
export function draw(message, { file, sendAgain, seen }) {
  const kind = message.kind === "note" ? "note" : message.sender;
  return el("article", { id: `message-${message.id}`, class: `message ${kind}`, tabindex: "-1", "data-message": message.id },
    kind === "system" ? null : el("header", { class: "small soft" }, heading(message)),
    message.text && el("p", { class: "as-written" }, message.text, kind === "system" ? [" ", el("time", { datetime: message.at }, when(message.at))] : null),
    message.attachments.map((item) => attachment(item, file(item.id))),
    message.cards.map(card),
    message.offered.length ? el("div", { class: "offered" }, message.offered.map(button)) : null,
    message.edits?.length ? edits(message.edits) : null,
    (message.sender === "agent" && kind !== "note") || message.undelivered ? delivery(message, sendAgain, seen) : null);
}

/** What the customer wrote before they changed it. */
const edits = (all) => el("details", { class: "small soft" }, el("summary", {}, t("edited")),
  all.map((one) => el("p", { class: "as-written" }, el("time", { datetime: one.at }, when(one.at)), " ", one.text)));

/** The line above a session that begins after a silence. */
export const sessionBreak = (message) => el("div", { class: "break small", role: "separator" }, el("span", {}, when(message.at)));

function heading(message) {
  const who = message.kind === "note" ? t("note_by", { name: message.author ?? "" }) : message.author ?? t(`sender_${message.sender}`);
  return [
    message.kind === "note" ? icon("note") : message.sender === "bot" ? icon("bot") : null,
    el("strong", {}, who),
    message.channel && message.channel !== "web" ? el("span", {}, named("channel", message.channel)) : null,
    el("time", { datetime: message.at }, when(message.at)),
  ];
}

function button(item) {
  return el("span", { class: `offer ${item.expired ? "expired" : ""}`, "data-button": item.id, title: item.expired ? t("button_expired") : null },
    item.title, item.expired ? el("span", { class: "hidden" }, ` (${t("button_expired")})`) : null);
}

function card({ title, subtitle, image, url }) {
  return el("div", { class: "offer-card" },
    image ? el("img", { src: image, alt: "", loading: "lazy" }) : null,
    el("span", {}, el("strong", {}, title ?? ""), subtitle ? el("span", { class: "soft" }, subtitle) : null, url ? link(url, t("open_link")) : null));
}

export function attachment(item, address) {
  const picture = item.type.startsWith("image/");
  return el("a", { class: "attachment", href: address, target: "_blank", rel: "noopener" },
    picture ? el("img", { src: address, alt: item.name, loading: "lazy" }) : [icon("file"), item.name]);
}

function delivery(message, sendAgain, seen) {
  const { state = seen >= message.at ? "delivered" : "sent", channel, error } = message.delivery ?? {};
  const bad = state === "failed";
  return el("footer", { class: `delivery small ${bad ? "bad" : "soft"}` },
    icon(bad ? "alert" : state === "delivered" ? "checks" : ["pending", "retrying"].includes(state) ? "clock" : "check"),
    el("span", { title: error }, t(`delivery_${state}`, { channel: channel ? named("channel", channel) : "" })),
    bad ? action(t("send_again"), () => sendAgain(message), { class: "link" }) : null);
}

/** What was written here and is not stored yet: see sending.js. */
export function drawPending(item, { retry, discard }) {
  const failed = item.state === "failed";
  return el("article", { class: `message ${item.kind === "note" ? "note" : "agent"} pending`, "data-pending": item.client_id },
    el("header", { class: "small soft" }, el("strong", {}, item.kind === "note" ? t("note") : item.author), el("time", {}, when(item.at))),
    item.text && el("p", { class: "as-written" }, item.text),
    item.files.map((one) => el("span", { class: "attachment" }, icon("file"), one.name)),
    el("footer", { class: `delivery small ${failed ? "bad" : "soft"}`, role: failed ? "alert" : null },
      icon(failed ? "alert" : "clock"),
      el("span", {}, failed ? item.problem : t(item.state === "waiting" ? "delivery_waiting" : "delivery_sending")),
      failed ? action(t("send_again"), () => retry(item), { class: "link" }) : null,
      failed ? action(t("back_to_draft"), () => discard(item), { class: "link" }) : null));
}
