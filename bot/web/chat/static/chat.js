/** The conversation in its panel. */

import { call } from "./api.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { button, el } from "./dom.js";
import { render, timeOf } from "./messages.js";

const FAR_PX = 80;
const CROSS = "M6 6l12 12M18 6L6 18";
const DOWN = "M12 5v14M6 13l6 6 6-6";

export class Chat {
	files = {};

	constructor(host, texts) {
		Object.assign(this, { host, texts, gateway: host.gateway, language: host.lang });
		this.connection = new Connection(host, this);
		this.#draw();
		this.reset();
		this.composer.set(host.kept.draft ?? "");
		this.connection.listen();
		this.show();
	}

	show() {
		const { host, panel, connection } = this;
		const { open, launcher } = host;
		const wasOpen = launcher.hidden;
		panel.hidden = !open;
		launcher.hidden = open;
		host.keep({ open });
		this.read();
		if (open) connection.start();
		if (open) this.#focus();
		else if (wasOpen) launcher.focus();
	}

	compose(text) {
		this.composer.set(text);
		this.composer.input.focus();
	}

	say(text, content = { text }) {
		this.connection.outbox.add(text, content);
		this.connection.start();
		this.#focus();
	}

	t(key, values) {
		return this.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
	}

	file(id) {
		const { token } = this.connection;
		this.files[id] ??= call(this.host, `attachments/${id}`, { token, type: "blob", seconds: 60 }).then(URL.createObjectURL);
		return this.files[id];
	}

	press({ id, title }, pressed) {
		for (const one of pressed.parentElement.children) one.disabled = true;
		this.say(title, { button: id });
	}

	resend() {
		this.connection.outbox.resume();
		this.connection.kick();
		this.#focus();
	}

	drop(message) {
		this.connection.outbox.done(message.client_id);
		this.#find(message)?.remove();
		this.#focus();
	}

	message(message) {
		this.#put(message);
		if (message.state) this.view.scrollTop = 0;
		this.read();
	}

	progress(item, part) {
		this.#find(item).querySelector("progress").value = part;
	}

	state({ owner, agent, place, eta, typing }) {
		const { name } = this.host.settings;
		this.log.ariaBusy = false;
		this.panel.dataset.owner = owner;
		this.face.textContent = owner === "agent" ? initials(agent) : "";
		this.who.textContent = agent || (owner === "bot" && name) || this.t(`who_${owner}`);
		this.about.textContent = this.t(`about_${owner}`, { place, time: eta && timeOf(eta, this) });
		this.typing.hidden = !typing;
		this.composer.human.hidden = this.anew.hidden = owner !== "bot";
	}

	online(isUp) {
		this.offline.hidden = isUp;
	}

	/** Why, in the gateway's words, with the buttons that still work. */
	refused(item, { message, details }) {
		this.#find(item)?.remove();
		this.note(message, details.buttons);
		if (item.content.text) this.composer.set(item.content.text);
	}

	expired() {
		this.note(this.t("expired"));
	}

	reset() {
		// What is not sent yet goes into the next conversation.
		for (const node of this.#nodes) if (node.message.id) node.remove();
		this.state({ owner: "bot" });
		this.log.ariaBusy = true;
	}

	/** Something this page says itself. */
	note(text, buttons) {
		const last = this.#nodes.findLast(({ message }) => message.id)?.message.id ?? 0;
		this.#put({ id: last + 0.001, sender: "system", text, buttons, at: new Date().toISOString() });
	}

	/** What is on the screen is read, in every tab. */
	read() {
		const { host, connection } = this;
		const { seen = 0 } = host.kept;
		const isSeen = host.open && !document.hidden;
		if (isSeen && connection.cursor > seen) host.keep({ seen: connection.cursor });
		const isNew = ({ message }) => message.sender !== "customer" && message.id >= seen + 1;
		host.unread = isSeen ? 0 : this.#nodes.filter(isNew).length;
	}

	// The log: each message once, in the gateway's order

	get #nodes() {
		return [...this.log.children];
	}

	#find({ id, client_id }) {
		return this.#nodes.find(({ message: one }) => (id && one.id === id) || (client_id && one.client_id === client_id));
	}

	#put(message) {
		const known = this.#find(message);
		// The gateway's words replace the copy shown while sending, never the other way round.
		if (known?.message.id && !known.message.state) return;
		known?.remove();
		const node = Object.assign(render(message, this), { message });
		// Without an id it is still on its way, and stays at the end.
		const order = message.id ?? Infinity;
		this.log.insertBefore(node, this.#nodes.find(({ message: one }) => (one.id ?? Infinity) > order) ?? null);
		for (const one of this.#nodes) one.classList.toggle("first", one.dataset.day !== one.previousSibling?.dataset.day);
	}

	#draw() {
		const { host } = this;
		const t = (key) => this.t(key);
		this.face = el("span", { class: "face", "aria-hidden": "true" });
		this.who = el("strong");
		this.about = el("span");
		this.log = el("div", { role: "log", "aria-label": t("log") });
		this.typing = el("div", { class: "typing" }, el("span", { class: "hidden" }, t("typing")), el("i"), el("i"), el("i"));
		const newer = button("newer", t("newer"), () => (this.view.scrollTop = 0), DOWN);
		newer.hidden = true;
		const onscroll = () => (newer.hidden = this.view.scrollTop > -FAR_PX);
		this.view = el("div", { class: "view", tabindex: 0, role: "region", "aria-label": t("log"), onscroll });
		this.view.append(el("div", {}, this.log, this.typing));
		this.offline = el("p", { class: "offline", hidden: "" }, t("offline"));
		this.composer = new Composer(this);
		this.panel = el(
			"section",
			{ class: "panel", role: "dialog", "aria-label": t("chat"), tabindex: -1, hidden: "" },
			el(
				"header",
				{},
				this.face,
				el("div", { class: "title", role: "status" }, this.who, this.about),
				this.#menu(),
				button("close", t("close"), () => (host.open = false), CROSS),
			),
			this.view,
			newer,
			el("div", { role: "status" }, this.offline),
			this.composer.node,
		);
		this.panel.onkeydown = (event) => this.#key(event);
		this.panel.onclick = ({ target }) => target.closest("summary") || (this.menu.open = false);
		host.shadowRoot.append(this.panel);
	}

	#menu() {
		const { languages, channels } = this.host.settings;
		const nameOf = (one) => new Intl.DisplayNames(one, { type: "language" }).of(one);
		const others = languages.filter((one) => one !== this.language);
		const choices = others.map((one) => button("", nameOf(one), () => this.#speak(one)));
		this.anew = button("", this.t("anew"), () => this.connection.renew(true));
		const words = this.t("menu");
		const summary = el("summary", { "aria-label": words, title: words }, "⋮");
		this.menu = el("details", {}, summary, el("div", {}, choices, channels.map((one) => this.#way(one)), this.anew));
		return this.menu;
	}

	#way(channel) {
		const note = ({ url, message }) => this.note(url ? this.t("way", { url }) : message);
		const body = { channel: channel.toLowerCase() };
		const ask = () => call(this.host, "continue", { token: this.connection.token, body }).then(note, note);
		return button("", this.t("go_on", { channel }), ask);
	}

	#key({ key, isComposing }) {
		if (key !== "Escape" || isComposing) return;
		if (this.menu.open) this.menu.open = false;
		else this.host.open = false;
	}

	/** A new element shows the same conversation in another language. */
	#speak(language) {
		const { host, log } = this;
		const chose = Boolean(log.querySelector(".customer"));
		host.keep({ language, chose });
		if (!chose) host.keep({ token: null });
		const next = document.createElement("tellonce-chat");
		next.open = true;
		host.replaceWith(next);
	}

	/** On a phone the keyboard would cover the messages. */
	#focus() {
		if (matchMedia("(pointer: coarse)").matches) this.panel.focus();
		else this.composer.input.focus();
	}
}

const initials = (name) => name.split(" ", 2).map((part) => part[0]).join("");
