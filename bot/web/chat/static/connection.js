/** Keeps one conversation in step with the gateway: its session, then a WebSocket, or long polling without one. */

import { Api } from "./api.js";
import { Outbox } from "./outbox.js";
import { alone, subjectOf } from "./store.js";

const CONNECT_MS = 8000;
const ECHO_MS = 5000;
const SLEPT_MS = 60_000;
const BETWEEN_SESSIONS_MS = 10_000;
const POLLS_BEFORE_SOCKET = 20;

class SocketRefused extends Error {}

export class Connection {
  /** `on` is the view: message, state, link, item, refused, limited, reset, expired, problem. */
  constructor({ gateway, language, identity, resume, store, on }) {
    Object.assign(this, { language, identity, resume, store, on });
    this.api = new Api(gateway, language);
    this.outbox = new Outbox(this.api, store, this, on);
    Object.assign(this, { cursor: 0, failures: 0, refusals: 0, polls: 0, openedAt: 0 });
    Object.assign(this, { connected: false, looping: false, opening: null, life: null, cut: null });
    // A shared computer: what another person said here is not shown.
    const who = subjectOf(identity);
    if (resume || (store.get().who ?? "") !== who) store.replace({ who });
    this.token = store.get().token ?? null;
  }

  /** Watch the network and the other tabs; connect at once if there is a conversation to come back to. */
  listen() {
    this.life?.abort();
    this.life = new AbortController();
    const { signal } = this.life;
    addEventListener("online", () => this.kick(), { signal });
    addEventListener("offline", () => this.#offline(), { signal });
    addEventListener("storage", (event) => this.#stored(event), { signal });
    document.addEventListener("visibilitychange", () => this.#woke(), { signal });
    this.outbox.load();
    if (this.token || this.resume || this.outbox.items.size) this.start();
  }

  stop() {
    this.life?.abort();
    this.kick();
  }

  /** Open the conversation if there is none yet, and follow it until stopped. */
  async start() {
    if (this.looping) return;
    this.looping = true;
    while (!this.life.signal.aborted) {
      try {
        await this.#session();
        if (this.refusals < 2) await this.#socket();
        else await this.#poll();
      } catch (error) {
        if (!this.life.signal.aborted) await this.#recover(error);
      }
    }
    this.looping = false;
  }

  /** Drop the present socket, poll or pause, and try again now. */
  kick() {
    this.cut?.();
  }

  /** Sent: if it does not come back soon, the socket is dead and nobody has told us. */
  sent(id) {
    setTimeout(() => id > this.cursor && this.kick(), ECHO_MS);
  }

  /** The gateway does not know this token (any more). */
  expired(token) {
    if (token !== this.token) return;
    const stored = this.store.get().token;
    if (stored && stored !== token) return this.#adopt(stored);
    this.store.set({ token: null, seen: 0 });
    this.#adopt(null);
    this.on.expired();
  }

  async upload(file) {
    await this.#session();
    const { token } = this;
    const form = new FormData();
    form.append("file", file, file.name || "image.png");
    try {
      return (await this.api.json("attachments", { token, form, seconds: 120 })).id;
    } catch (error) {
      if (error.status === 401) this.expired(token);
      throw error;
    }
  }

  async file(id) {
    const response = await this.api.fetch(`attachments/${encodeURIComponent(id)}`, { token: this.token, seconds: 60 });
    return response.blob();
  }

  async #session() {
    if (this.token) return;
    this.opening ??= alone(this.store.key, () => this.#takeOrOpen()).finally(() => (this.opening = null));
    await this.opening;
    this.outbox.flush();
  }

  async #takeOrOpen() {
    // Another tab may have opened it while this one waited.
    const known = this.store.get().token;
    if (!known) {
      if (Date.now() - this.openedAt < BETWEEN_SESSIONS_MS) await this.#pause(BETWEEN_SESSIONS_MS);
      this.store.set({ token: await this.#open(), seen: 0 });
      this.resume = null;
      this.openedAt = Date.now();
    }
    this.token = this.store.get().token;
  }

  async #open() {
    const { language, identity, resume } = this;
    const body = { ...(language && { language }), ...(identity && { identity }), ...(resume && { resume }) };
    try {
      return (await this.api.json("sessions", { body })).token;
    } catch (error) {
      // An expired signature, or a language the shop does not speak: better a plain chat than none.
      if (error.status === 401 && this.resume) this.resume = null;
      else if (error.status === 401 && this.identity) this.identity = null;
      else if (error.status === 422 && this.language) this.language = null;
      else throw error;
      return this.#open();
    }
  }

  #socket() {
    return new Promise((resolve, reject) => {
      const { token } = this;
      const socket = this.#newSocket();
      const late = setTimeout(() => socket.close(), CONNECT_MS);
      let alive = false;
      this.cut = () => socket.close();
      socket.onopen = () => socket.send(JSON.stringify({ token, after: this.cursor }));
      socket.onmessage = (event) => {
        const frame = JSON.parse(event.data);
        // What a replaced conversation still sends is not for this one.
        if (!frame.type || token !== this.token || this.life.signal.aborted) return;
        clearTimeout(late);
        alive = true;
        this.refusals = 0;
        this.#frame(frame);
      };
      socket.onclose = (event) => {
        clearTimeout(late);
        if (event.code === 4401) resolve(this.expired(token));
        else if (alive) resolve(this.#pause(500));
        else reject(new SocketRefused());
      };
    });
  }

  #newSocket() {
    try {
      return this.api.socket();
    } catch {
      // The page's own policy may forbid sockets.
      throw new SocketRefused();
    }
  }

  #frame(frame) {
    if (frame.type === "message") this.#message(frame.message);
    if (frame.type === "state") {
      this.#up();
      this.on.state(frame.owner, frame.typing);
    }
  }

  async #poll() {
    const { token } = this;
    const controller = new AbortController();
    this.cut = () => controller.abort();
    const query = `messages?after=${this.cursor}&wait=${this.connected ? 25 : 0}`;
    let view;
    try {
      view = await this.api.json(query, { token, seconds: 35, signal: controller.signal });
    } catch (error) {
      if (error.status === 401) return this.expired(token);
      if (controller.signal.aborted) return;
      throw error;
    }
    if (token !== this.token) return;
    for (const message of view.messages) this.#message(message);
    this.#up();
    this.on.state(view.owner, view.typing);
    this.polls += 1;
    if (this.polls % POLLS_BEFORE_SOCKET === 0) this.refusals = 1;
  }

  #message(message) {
    this.cursor = Math.max(this.cursor, message.id);
    if (message.client_id) this.outbox.confirm(message.client_id);
    this.on.message(message);
  }

  #up() {
    this.failures = 0;
    if (this.connected) return;
    this.connected = true;
    this.on.link(true);
    this.outbox.resume();
  }

  #down() {
    this.connected = false;
    this.on.link(false);
  }

  async #recover(error) {
    if (error instanceof SocketRefused) {
      this.connected = false;
      this.refusals += 1;
      return;
    }
    // The network or the gateway is down, not just sockets: when it is back, a socket is tried first.
    this.refusals = 0;
    this.failures += 1;
    this.#down();
    if (error.code === "origin_not_allowed") {
      this.on.problem(error.message);
      this.life.abort();
      return;
    }
    await this.#pause(error.retryAfter * 1000);
  }

  #pause(milliseconds) {
    const backoff = Math.min(30, 2 ** (this.failures - 1)) * (500 + Math.random() * 500);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds || backoff);
      this.cut = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #offline() {
    this.#down();
    this.kick();
  }

  #stored(event) {
    const { token } = this.store.get();
    if (event.key !== this.store.key || !token || token === this.token) return;
    this.#adopt(token);
    this.start();
  }

  #adopt(token) {
    this.token = token;
    this.cursor = 0;
    this.on.reset();
    this.kick();
  }

  #woke() {
    if (document.hidden) this.hiddenAt = Date.now();
    else if (Date.now() - this.hiddenAt > SLEPT_MS) this.kick();
  }
}
