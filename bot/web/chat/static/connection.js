/** Keeps one conversation in step with the gateway, by long polls. */

import { call } from "./api.js";
import { Outbox } from "./outbox.js";

const HIDDEN_MS = 20_000;

export class Connection {
	cursor = 0;
	failures = 0;
	life = new AbortController();

	constructor(host, chat) {
		const { identity, resume } = host;
		// A shared computer: what another person said here is not shown.
		const who = subjectOf(identity);
		if (resume || (host.kept.who ?? "") !== who) host.keep({ who, token: null, seen: 0, outbox: {}, draft: "" });
		Object.assign(this, { host, chat, identity, resume, token: host.kept.token });
		this.outbox = new Outbox(this);
	}

	listen() {
		const { signal } = this.life;
		const kick = () => this.kick();
		for (const change of ["online", "offline"]) addEventListener(change, kick, { signal });
		document.addEventListener("visibilitychange", kick, { signal });
		addEventListener("storage", () => this.#otherTab(), { signal });
		this.outbox.load();
		if (this.token) this.start();
	}

	stop() {
		this.life.abort();
		this.kick();
	}

	async start() {
		if (this.looping) return;
		this.looping = true;
		while (!this.life.signal.aborted) {
			const { signal } = (this.cut = new AbortController());
			try {
				await this.#look(signal);
				if (document.hidden) await pause(HIDDEN_MS, signal);
			} catch (error) {
				if (!signal.aborted || !navigator.onLine) await this.#failed(error);
			}
		}
	}

	/** Look again now. */
	kick() {
		this.chat.read();
		this.cut?.abort();
	}

	expired(token) {
		if (token !== this.token) return;
		const other = this.host.kept.token;
		if (other && other !== token) return this.#adopt(other);
		this.renew();
		this.chat.expired();
	}

	renew(fresh) {
		this.fresh = fresh;
		this.host.keep({ token: null, seen: 0 });
		this.#adopt(null);
	}

	/** The token; without one a conversation is opened. */
	async ready() {
		if (this.token) return this.token;
		const open = () => this.#takeOrOpen();
		// Of several tabs one opens it.
		this.opening ??= navigator.locks ? navigator.locks.request("tellonce", open) : open();
		await this.opening.finally(() => (this.opening = null));
		this.outbox.flush();
		return this.token;
	}

	async #takeOrOpen() {
		const { host } = this;
		if (!host.kept.token) {
			host.keep({ token: await this.#open(), seen: 0 });
			Object.assign(this, { resume: null, fresh: false });
		}
		this.token = host.kept.token;
	}

	async #open() {
		const { identity, resume, fresh, host } = this;
		const { lang: language, context } = host;
		try {
			return (await call(host, "sessions", { body: { language, context, identity, resume, fresh } })).token;
		} catch (error) {
			// An old link, or an expired signature: better a plain chat than none.
			if (error.status !== 401 || !(resume || identity)) throw error;
			this[resume ? "resume" : "identity"] = null;
			return this.#open();
		}
	}

	async #look(signal) {
		const token = await this.ready();
		const wait = this.connected && !document.hidden ? 25 : 0;
		const path = `messages?after=${this.cursor}&wait=${wait}`;
		const view = await call(this.host, path, { token, signal, seconds: 35 });
		// What a replaced conversation still sends is not for this one.
		if (token !== this.token) return;
		for (const message of view.messages) {
			this.cursor = message.id;
			if (message.client_id) this.outbox.done(message.client_id);
			this.chat.message(message);
		}
		this.chat.state(view);
		this.failures = 0;
		if (this.connected) return;
		this.#online(true);
		this.outbox.resume();
	}

	async #failed({ status }) {
		if (status === 401) this.expired(this.token);
		else this.#online(false);
		this.cut = new AbortController();
		await pause(Math.min(30, 2 ** this.failures++) * (500 + Math.random() * 500), this.cut.signal);
	}

	#online(isUp) {
		this.connected = isUp;
		this.chat.online(isUp);
	}

	#otherTab() {
		this.chat.read();
		const { token } = this.host.kept;
		if (token && token !== this.token) this.#adopt(token);
	}

	#adopt(token) {
		Object.assign(this, { token, cursor: 0 });
		this.chat.reset();
		this.kick();
		this.start();
	}
}

function pause(milliseconds, signal) {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
		signal.onabort = resolve;
	});
}

/** Whom an identity names, only to tell two people apart. */
function subjectOf(identity) {
	try {
		return JSON.parse(atob(identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
	} catch {
		return "";
	}
}
