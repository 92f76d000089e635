/** Messages on their way out: in order, kept over reloads, under ids that make a retry harmless. */

import { call } from "./api.js";

const AGAIN_MS = 10_000;

export class Outbox {
	items = new Map();

	constructor(link) {
		Object.assign(this, { link, host: link.host, chat: link.chat });
	}

	load() {
		for (const item of Object.values(this.host.kept.outbox ?? {})) this.#put(item, "sending");
	}

	add(text, content) {
		this.#ready(this.#new(text, content));
	}

	/** It goes up beside the messages, and among them once it is there. */
	addFile(file) {
		file.url = URL.createObjectURL(file);
		this.#upload({ ...this.#new(file.name), file });
	}

	resume() {
		clearTimeout(this.timer);
		for (const item of this.items.values()) {
			if (item.state !== "failed") continue;
			if (item.file && !item.content.attachment) this.#upload(item);
			else this.#put(item, "sending");
		}
		this.flush();
	}

	/** It came back, or is not wanted any more. */
	done(id) {
		this.items.get(id)?.cut?.abort();
		this.items.delete(id);
		this.#keep(id);
	}

	async flush() {
		if (this.flushing) return;
		this.flushing = true;
		const next = () => this.link.token && [...this.items.values()].find(({ state }) => state === "sending");
		for (let item = next(); item; item = next()) await this.#send(item);
		this.flushing = false;
	}

	/** The language goes along once it was chosen. */
	#new(text, content) {
		const { context, kept, lang } = this.host;
		const about = { context, language: kept.chose ? lang : null };
		this.host.keep({ chose: null });
		const client_id = Date.now().toString(36) + Math.random().toString(36).slice(2);
		return { client_id, sender: "customer", text, content: { ...about, ...content }, at: new Date().toISOString() };
	}

	/** From here on it outlives the page. */
	#ready(item) {
		this.#keep(item.client_id, { ...item, file: null });
		this.#put(item, "sending");
		this.flush();
	}

	#keep(id, item) {
		this.host.keep({ outbox: { ...this.host.kept.outbox, [id]: item } });
	}

	#put(item, state) {
		item.state = state;
		this.items.set(item.client_id, item);
		this.chat.message({ ...item });
	}

	#upload(item) {
		const { signal } = (item.cut = new AbortController());
		this.#put(item, "uploading");
		const body = new FormData();
		body.append("file", item.file);
		const progress = (part) => this.chat.progress(item, part);
		this.#try(item, async (token) => {
			const { id } = await call(this.host, "attachments", { token, body, seconds: 600, signal, progress });
			item.content.attachment = id;
			this.chat.files[id] = Promise.resolve(item.file.url);
			this.#ready(item);
		});
	}

	#send(item) {
		const { client_id, content } = item;
		return this.#try(item, async (token) => {
			const { message_id: id } = await call(this.host, "messages", { token, body: { client_id, ...content } });
			this.done(client_id);
			this.chat.message({ ...item, id, state: "sent" });
			// A line that died unnoticed shows now.
			this.link.kick();
		});
	}

	async #try(item, work) {
		let token;
		try {
			token = await this.link.ready();
			await work(token);
		} catch (error) {
			// Taken back, or arrived after all.
			if (!this.items.has(item.client_id)) return;
			if (error.final) {
				this.done(item.client_id);
				return this.chat.refused(item, error);
			}
			if (error.status === 401) this.link.expired(token);
			for (const one of this.items.values()) if (one === item || one.state === "sending") this.#put(one, "failed");
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.resume(), AGAIN_MS);
		}
	}
}
