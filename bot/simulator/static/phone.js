/** Two phones in a browser: what the stand-ins hold is shown, what the customer does is sent to them. */

import { $, action, el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { menu } from "/static/menu.js";
import { LANGUAGES, language, load, preferred, t } from "/static/texts.js";
import { toast } from "/static/toast.js";

const EVERY_MS = 700;
const CHANNELS = { telegram: "Telegram", messenger: "Messenger" };
const phones = {};

async function act(channel, name, body = {}) {
  const form = body instanceof FormData;
  const response = await fetch(`/phones/${channel}/${name}`, {
    method: "POST",
    body: form ? body : JSON.stringify(body),
    headers: form ? {} : { "Content-Type": "application/json" },
  });
  if (!response.ok) toast(t("not_done"), { kind: "bad" });
  await refresh();
}

class Phone {
  constructor(channel) {
    this.channel = channel;
    this.shown = "";
    this.toasts = null;
    this.build();
  }

  build() {
    const { channel } = this;
    this.state = el("p", { class: "state soft small" });
    this.talk = el("div", { class: "talk", role: "log", tabindex: "0", "aria-label": CHANNELS[channel] });
    this.typing = el("p", { class: "typing", "aria-live": "polite" });
    this.replies = el("div", { class: "replies" });
    this.text = el("input", { type: "text", "aria-label": t("message"), placeholder: t("message"), autocomplete: "off", maxlength: 8000 });
    this.file = el("input", { type: "file", hidden: true, onchange: () => this.sendFile() });
    const more = el("button", { type: "button", "aria-label": t("more"), title: t("more") }, icon("plus"));
    fill($(channel),
      el("header", { class: "phone-head" }, el("h2", { id: `${channel}-name` }, CHANNELS[channel]), this.state),
      this.talk, this.typing, this.replies,
      el("form", { class: "say", onsubmit: (event) => this.say(event) },
        more, this.file, this.text,
        el("button", { class: "primary", "aria-label": t("send"), title: t("send") }, icon("send"))));
    menu(more, () => this.more());
    this.shown = "";
  }

  async say(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    await act(this.channel, "say", { text });
  }

  async sendFile() {
    if (!this.file.files.length) return;
    const form = new FormData();
    form.append("file", this.file.files[0]);
    this.file.value = "";
    await act(this.channel, "file", form);
  }

  /** Everything a phone can do beside writing, and the troubles a network makes. */
  more() {
    const does = (label, name, body) => el("button", { type: "button", onclick: () => act(this.channel, name, body) }, t(label));
    const own = this.state.seen?.messages.findLast((message) => this.isOwn(message) && message.text);
    const edit = own && el("button", { type: "button", onclick: () => this.edit(own) }, t("edit_last"));
    const file = el("button", { type: "button", onclick: () => this.file.click() }, t("send_file"));
    const block = does(this.state.seen?.blocked ? "unblock" : "block", "block");
    const troubles = ["slow_down", "down", "time_out"].map((kind) => does(`trouble_${kind}`, "trouble", { kind }));
    if (this.channel === "telegram") {
      const commands = this.state.seen?.commands[language()] ?? this.state.seen?.commands[""] ?? [];
      return [
        ...commands.map((one) => el("button", { type: "button", onclick: () => act("telegram", "say", { text: `/${one.command}` }) }, `/${one.command} – ${one.description}`)),
        file, edit, does("sticker", "sticker"), does("voice", "voice"), does("location", "location"), does("contact", "contact"), block, ...troubles,
      ];
    }
    const locale = { pl: "pl_PL", en: "en_US" }[language()];
    const items = (this.state.seen?.menu.find((one) => one.locale === locale) ?? { call_to_actions: [] }).call_to_actions;
    const inbox = el("button", { type: "button", onclick: () => act("messenger", "inbox", { text: t("inbox_words") }) }, t("inbox"));
    return [
      does("get_started", "postback", { payload: "/start", title: t("get_started") }),
      ...items.map((one) => does("", "postback", { payload: one.payload, title: one.title })).map((button, index) => fill(button, items[index].title)),
      file, edit, does("sticker", "sticker"), does("voice", "voice"), inbox, does("day", "day"), block, ...troubles,
    ];
  }

  async edit(message) {
    const text = this.text.value.trim() || `${message.text} ${t("edited")}`;
    this.text.value = "";
    await act(this.channel, "edit", { message: message.message_id, mid: message.mid, text });
  }

  isOwn(message) {
    return this.channel === "telegram" ? !message.from.is_bot : message.by === "customer";
  }

  show(state) {
    this.state.seen = state;
    this.state.textContent = state.blocked ? t("blocked") : state.connected ? t("connected") : t("waiting");
    this.typing.textContent = state.typing ? t("typing") : "";
    if (this.toasts !== null) for (const text of (state.toasts ?? []).slice(this.toasts)) toast(text);
    this.toasts = (state.toasts ?? []).length;
    const wanted = JSON.stringify([state.messages, language()]);
    if (wanted === this.shown) return;
    this.shown = wanted;
    const atEnd = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < 80;
    fill(this.talk, state.messages.length ? state.messages.map((message) => this.message(message)) : el("p", { class: "waits" }, t(`first_${this.channel}`)));
    const last = state.messages.at(-1);
    fill(this.replies, (last?.quick_replies ?? []).map((reply) =>
      action(reply.title, () => act("messenger", "reply", { title: reply.title }), { class: "small" })));
    if (atEnd) this.talk.scrollTop = this.talk.scrollHeight;
  }

  message(message) {
    const own = this.isOwn(message);
    return el("div", { class: `said ${own ? "own" : ""}` },
      message.persona && el("span", { class: "soft small" }, message.persona),
      this.channel === "telegram" ? this.telegram(message) : this.messenger(message));
  }

  telegram(message) {
    const bold = message.entities?.find((one) => one.type === "bold");
    const text = message.text ?? message.caption ?? "";
    const rows = message.reply_markup?.inline_keyboard ?? [];
    return [
      el("div", { class: "bubble" },
        message.photo && picture(message.photo.at(-1).file_id),
        message.document && (message.document.file_name ?? t("file")),
        kindOf(message),
        bold ? [el("b", {}, text.slice(0, bold.length)), text.slice(bold.length).trimStart()] : text),
      rows.length > 0 && el("div", { class: "keys" }, rows.map((row) => el("div", {}, row.map((button) =>
        action(button.text, () => act("telegram", "press", { message: message.message_id, data: button.callback_data }), { class: "small" }))))),
    ];
  }

  messenger(message) {
    const attachment = message.attachment;
    if (attachment?.type === "template") return el("div", { class: "cards" }, attachment.payload.elements.map(card));
    const address = attachment?.payload?.url;
    return el("div", { class: "bubble" },
      attachment?.type === "image" && !attachment.payload.sticker_id && el("img", { src: address, alt: t("photo") }),
      attachment?.payload?.sticker_id && "👍",
      attachment && attachment.type !== "image" && t(attachment.type === "audio" ? "voice" : "file"),
      message.text ?? "");
  }
}

const card = (element) => el("article", {},
  element.image_url && el("img", { src: element.image_url, alt: "" }),
  el("strong", {}, element.title),
  element.subtitle && el("span", { class: "soft small" }, element.subtitle),
  (element.buttons ?? []).map((button) => el("a", { href: button.url, target: "_blank", rel: "noopener noreferrer" }, button.title)));

const picture = (id) => el("img", { src: /^https?:/.test(id) ? id : `/photos/${id}`, alt: t("photo") });

function kindOf(message) {
  if (message.sticker) return message.sticker.emoji;
  if (message.voice) return t("voice");
  if (message.location) return `${message.location.latitude}, ${message.location.longitude}`;
  return message.contact?.phone_number ?? "";
}

async function refresh() {
  try {
    const response = await fetch("/phones");
    const state = await response.json();
    for (const channel of Object.keys(CHANNELS)) phones[channel].show(state[channel]);
  } catch {
    // The stand-in was stopped: what is shown stays, the next round tries again.
  }
}

async function speak(code) {
  await load(code, "/simulator/texts");
  const other = code === "pl" ? "en" : "pl";
  fill($("language"), LANGUAGES[other]);
  $("language").onclick = () => speak(other);
  for (const channel of Object.keys(CHANNELS)) phones[channel] = new Phone(channel);
  await refresh();
}

await speak(preferred());
setInterval(refresh, EVERY_MS);
