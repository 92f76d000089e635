/** What one gateway's chat keeps between page loads: the token, what was read, and what is still to be sent. */

export class Store {
  constructor(gateway) {
    this.key = `tellonce:${gateway}`;
    // Some private windows refuse storage: the chat then lasts as long as its page.
    this.memory = null;
  }

  get() {
    try {
      return JSON.parse(this.#read()) ?? {};
    } catch {
      return {};
    }
  }

  set(changes) {
    this.replace({ ...this.get(), ...changes });
  }

  replace(state) {
    const text = JSON.stringify(state);
    try {
      localStorage.setItem(this.key, text);
    } catch {
      this.memory = text;
    }
  }

  /** Add, change or (with null) remove one message that is still to be sent. */
  keep(clientId, item) {
    const outbox = { ...this.get().outbox };
    if (item) outbox[clientId] = item;
    else delete outbox[clientId];
    this.set({ outbox });
  }

  #read() {
    if (this.memory !== null) return this.memory;
    try {
      return localStorage.getItem(this.key) ?? "{}";
    } catch {
      return "{}";
    }
  }
}

/** A random id. `randomUUID` exists on https and localhost only. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Run `task` while no other tab of this site runs one under the same name, where the browser can tell. */
export function alone(name, task) {
  return navigator.locks ? navigator.locks.request(name, task) : task();
}

/** Whom a signed identity names. It is the gateway that verifies it; here it only tells two people apart. */
export function subjectOf(identity) {
  try {
    const payload = identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(payload)).sub ?? "");
  } catch {
    return "";
  }
}
