/** Messages on their way out: one at a time, in order, kept over reloads, under ids that make a retry harmless. */

import { ApiError } from "./api.js";
import { newId } from "./store.js";

const LONGEST_PAUSE = 30;

export class Outbox {
  /** `link` gives the token and hears of a sent id or a refused token; `on` is the view. */
  constructor(api, store, link, on) {
    Object.assign(this, { api, store, link, on, flushing: false, failures: 0, timer: 0 });
    this.items = new Map();
  }

  /** What an earlier page, or this one before a reload, could not send. */
  load() {
    for (const [clientId, kept] of Object.entries(this.store.get().outbox ?? {})) {
      this.items.set(clientId, { ...kept, client_id: clientId, state: "sending" });
    }
    for (const item of this.items.values()) this.on.item(item);
  }

  /** `content` is {text}, {button} or {attachment}; `label` is what the customer sees of it. */
  add(content, label) {
    const item = { client_id: newId(), content, label, at: new Date().toISOString(), state: "sending" };
    this.items.set(item.client_id, item);
    this.store.keep(item.client_id, { content, label, at: item.at });
    this.on.item(item);
    this.flush();
  }

  /** Try everything that failed again, oldest first, under the same ids. */
  resume() {
    clearTimeout(this.timer);
    this.#turn("failed", "sending");
    this.flush();
  }

  /** The message came back as part of the conversation. */
  confirm(clientId) {
    this.items.delete(clientId);
    if (this.store.get().outbox?.[clientId]) this.store.keep(clientId, null);
  }

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    try {
      for (let item = this.#next(); item && this.link.token; item = this.#next()) await this.#send(item);
    } finally {
      this.flushing = false;
    }
  }

  #next() {
    return [...this.items.values()].find((item) => item.state === "sending");
  }

  async #send(item) {
    const token = this.link.token;
    try {
      const body = { client_id: item.client_id, ...item.content };
      const { message_id: id } = await this.api.json("messages", { token, body });
      this.failures = 0;
      this.confirm(item.client_id);
      this.on.item({ ...item, id, state: "sent" });
      this.link.sent(id);
    } catch (error) {
      // It may have arrived by the socket although its answer was lost.
      if (this.items.has(item.client_id)) await this.#failed(item, token, error);
    }
  }

  async #failed(item, token, error) {
    if (error.status === 401) {
      this.link.expired(token);
    } else if (error.status === 429) {
      await this.#wait(error.retryAfter || 5);
    } else if (!(error instanceof ApiError) || error.passing) {
      this.#turn("sending", "failed");
      this.timer = setTimeout(() => this.resume(), Math.min(LONGEST_PAUSE, 2 ** ++this.failures) * 1000);
    } else {
      this.confirm(item.client_id);
      this.on.refused(item, error);
    }
  }

  async #wait(seconds) {
    this.on.limited(seconds);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    this.on.limited(0);
  }

  #turn(from, to) {
    for (const item of this.items.values()) {
      if (item.state !== from) continue;
      item.state = to;
      this.on.item(item);
    }
  }
}
