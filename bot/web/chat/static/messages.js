/** How one message looks: its text, cards, files, buttons, and the small line under it. */

import { el, link, webAddress, withLinks } from "./dom.js";

/** `chat` gives t(key), language, gateway, file(id), press(button, pressed) and so on. */
export function render(message, chat) {
  const node = el(
    "div",
    // The log is read aloud as it grows, except what the customer has just typed.
    { class: `message ${message.sender}`, "aria-live": message.sender === "customer" ? "off" : null },
    el("span", { class: "hidden" }, `${nameOf(message, chat)}: `),
    bubble(message, chat),
    ...(message.cards ?? []).map((card) => cardOf(card, chat)),
    buttonsOf(message.buttons, chat),
    el("div", { class: "meta" }, metaOf(message, chat)),
  );
  if (message.state === "failed") node.append(failure(chat));
  return node;
}

function nameOf(message, chat) {
  return message.author || chat.t(`from_${message.sender}`);
}

function bubble(message, chat) {
  const files = message.attachments ?? [];
  const isOnlyFile = files.length && message.text === files[0].name;
  if (!files.length && !message.text) return null;
  const inside = [isOnlyFile ? null : el("p", {}, withLinks(message.text)), ...files.map((file) => fileOf(file, chat))];
  return el("div", { class: "bubble" }, ...inside);
}

function metaOf(message, chat) {
  const at = new Date(message.at);
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: "numeric", month: "short" };
  const place = chat.language === "pl" ? "pl-PL" : "en-GB";
  const time = at.toLocaleString(place, { hour: "2-digit", minute: "2-digit", ...day });
  const parts = [message.sender === "agent" && message.author, time, message.state && chat.t(`state_${message.state}`)];
  return parts.filter(Boolean).join(" · ");
}

function failure(chat) {
  return el("button", { type: "button", class: "again", onclick: () => chat.resend() }, chat.t("send_again"));
}

export function buttonsOf(buttons, chat) {
  const live = (buttons ?? []).filter((button) => button.id && button.title);
  if (!live.length) return null;
  const row = el("div", { class: "buttons", role: "group", "aria-label": chat.t("choices") });
  for (const button of live) {
    const onclick = (event) => chat.press(button, event.currentTarget);
    row.append(el("button", { type: "button", onclick }, button.title));
  }
  return row;
}

function cardOf(card, chat) {
  const image = card.image && webAddress(card.image, chat.gateway);
  const address = card.url && webAddress(card.url, chat.gateway);
  return el(
    "div",
    { class: "card" },
    image ? el("img", { src: image, alt: "", loading: "lazy", onerror: (event) => event.target.remove() }) : null,
    el(
      "div",
      { class: "card-text" },
      el("strong", {}, address ? link(address, card.title) : card.title),
      card.subtitle ? el("span", {}, withLinks(card.subtitle)) : null,
      buttonsOf(card.buttons, chat),
    ),
  );
}

/** Files need the conversation's token, so the browser cannot load them by address alone. */
function fileOf(file, chat) {
  const name = el("a", { class: "file", href: "#", onclick: (event) => save(event, file, chat) }, file.name);
  if (!file.type.startsWith("image/")) return name;
  const image = el("img", { class: "picture", alt: file.name, onload: () => chat.grown() });
  chat.file(file.id).then(
    (url) => {
      image.src = url;
      name.replaceChildren(image);
    },
    () => {},
  );
  return name;
}

async function save(event, file, chat) {
  event.preventDefault();
  const href = await chat.file(file.id).catch(() => null);
  if (!href) return chat.tell(chat.t("file_unavailable"));
  const isImage = file.type.startsWith("image/");
  el("a", { href, ...(isImage ? { target: "_blank", rel: "noopener" } : { download: file.name }) }).click();
}
