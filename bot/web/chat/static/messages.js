/** How one message looks. Usable without the chat. */

import { button, el, icon, link, webAddress, withLinks } from "./dom.js";

const HOUR = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };
const LONG_DAY = { weekday: "long", day: "numeric", month: "long" };
const BAG = "M5 8h14l1 12H4zM9 8V7a3 3 0 0 1 6 0v1";
const BOX = "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8";

/**
 * `message` is the API's, on its way out with a `state` and perhaps a `file`; `chat` gives t(key), language, gateway,
 * file(id), press(button, pressed), resend(), drop(message).
 */
export function render(message, chat) {
	const { sender, author, state = "", file, cards = [], buttons, at } = message;
	const meta = [sender === "agent" && author, timeOf(at, chat, HOUR), state && chat.t(`state_${state}`)];
	// The log is read aloud as it grows, but not what the customer has written.
	const live = sender === "customer" ? "off" : null;
	return el(
		"div",
		{ class: `message ${sender} ${state}`, "aria-live": live, "data-day": timeOf(at, chat, LONG_DAY) },
		el("span", { class: "hidden" }, `${author || chat.t(`who_${sender}`)}: `),
		bubble(message, chat),
		cards.length > 0 && group("cards", cards.map((card) => cardOf(card, chat)), chat),
		buttonsOf(buttons, chat),
		el("div", { class: "meta" }, meta.filter(Boolean).join(" · ")),
		state === "failed" && button("again", chat.t("send_again"), () => chat.resend()),
		file && state !== "sent" && button("again", chat.t("drop"), () => chat.drop(message)),
	);
}

export function timeOf(at, { language }, parts) {
	const time = new Date(at);
	const isToday = time.toDateString() === new Date().toDateString();
	parts ??= at.length > 10 ? { ...(!isToday && DAY), ...HOUR } : DAY;
	return time.toLocaleString(language === "en" ? "en-GB" : language, parts);
}

function bubble({ text, attachments = [], file, state }, chat) {
	const files = attachments.map((one) => fileOf(one, chat));
	if (file && isImage(file)) files.push(el("img", { class: "picture", alt: text, src: file.url }));
	const isOnlyFile = files.length && text === (file ?? attachments[0]).name;
	if (state === "uploading") files.push(el("progress", { value: 0, "aria-label": text }));
	return (text || files.length) && el("div", { class: "bubble" }, !isOnlyFile && el("p", {}, withLinks(text)), files);
}

function buttonsOf(buttons = [], chat) {
	const press = (one) => button("", one.title, ({ target }) => chat.press(one, target));
	return buttons.length > 0 && group("buttons", buttons.map(press), chat);
}

function group(kind, parts, chat) {
	const tabindex = kind === "cards" && parts.length > 1 ? 0 : null;
	return el("div", { class: kind, role: "group", "aria-label": chat.t(kind), tabindex }, parts);
}

function cardOf({ title, subtitle, image, url, buttons, steps = [] }, chat) {
	const isOrder = steps.length > 0;
	const src = webAddress(image, chat.gateway);
	const drawing = () => el("div", { class: "picture" }, icon(isOrder ? BOX : BAG));
	const onerror = ({ target }) => target.replaceWith(drawing());
	return el(
		"div",
		{ class: isOrder ? "card order" : "card" },
		src ? el("img", { class: "picture", src, alt: "", loading: "lazy", onerror }) : drawing(),
		el("div", { class: "about" }, el("strong", {}, link(url, title)), withLinks(subtitle)),
		isOrder && el("ol", {}, steps.map((step) => stepOf(step, chat))),
		buttonsOf(buttons, chat),
	);
}

function stepOf({ title, at, state }, chat) {
	const later = state === "next" && el("span", { class: "hidden" }, `${chat.t("later")}: `);
	const current = state === "now" ? "step" : null;
	return el("li", { class: state, "aria-current": current }, later, title, at && el("time", {}, timeOf(at, chat)));
}

const isImage = ({ type }) => type.startsWith("image/");

/** Files need the conversation's token: the browser cannot load them by address. */
function fileOf(file, chat) {
	const { id, name } = file;
	const node = el("a", { class: "file", target: "_blank", download: isImage(file) ? null : name }, name);
	const show = (href) => {
		node.href = href;
		if (isImage(file)) node.replaceChildren(el("img", { class: "picture", alt: name, src: href }));
	};
	chat.file(id).then(show, () => node.append(` (${chat.t("state_failed")})`));
	return node;
}
