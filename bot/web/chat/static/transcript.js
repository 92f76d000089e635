/** The list of messages: each once, by id or by the id the customer's page gave it, always in the gateway's order. */

const PENDING = Infinity;
const TOGETHER_MS = 120_000;
const NEAR_END_PX = 80;

export class Transcript {
  /** `log` holds the messages, its parent scrolls; `draw(message)` makes a node; `more` hears of any out of sight. */
  constructor(log, draw, more) {
    Object.assign(this, { log, view: log.parentElement, draw, more, entries: [], last: 0, isAtEnd: true, top: 0 });
    this.view.addEventListener("scroll", () => this.#scrolled());
  }

  /** Add or update. A message without an id is still on its way and stays at the end. */
  put(message) {
    const known = this.entries.find((entry) => same(entry.message, message));
    // The gateway's own words replace the copy that was shown while sending, never the other way round.
    if (known?.isFinal) return;
    if (known) this.#remove(known);
    const isFinal = Boolean(message.id && !message.state);
    this.#insert({ message, order: message.id ?? PENDING, isFinal, node: this.draw(message) });
    this.last = Math.max(this.last, message.id ?? 0);
    this.#group();
    if (this.isAtEnd || message.sender === "customer") this.toEnd();
    else this.more(true);
  }

  /** Something this page says itself: it keeps its place between the messages. */
  note(node) {
    this.#insert({ message: {}, order: this.last + 0.5, isFinal: true, node });
    this.toEnd();
  }

  drop(clientId) {
    const entry = this.entries.find((one) => one.message.client_id === clientId);
    if (entry) this.#remove(entry);
    this.#group();
  }

  /** Leave what is not sent yet: it goes into the next conversation. */
  reset() {
    for (const entry of [...this.entries]) if (entry.order !== PENDING) this.#remove(entry);
    this.last = 0;
  }

  /** Buttons of earlier messages stopped working when this reply to a later message was stored. */
  retireButtons(reply) {
    const asked = this.entries.findLast((entry) => entry.message.sender === "customer" && entry.order < reply.id);
    if (asked) this.withoutButtons(asked.order);
  }

  withoutButtons(before = PENDING) {
    for (const entry of this.entries) {
      if (entry.order < before) entry.node.querySelectorAll(".buttons").forEach((row) => row.remove());
    }
  }

  toEnd() {
    this.view.scrollTop = this.view.scrollHeight;
    this.isAtEnd = true;
    this.more(false);
  }

  /** A picture has loaded, or the panel has opened: stay where the reader was. */
  grown() {
    if (this.isAtEnd) this.toEnd();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.view;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    // Far from the end without having moved up: something has grown, and the reader did not leave.
    if (isNear || scrollTop < this.top) this.isAtEnd = isNear;
    this.top = scrollTop;
    if (isNear) this.more(false);
  }

  #insert(entry) {
    let at = this.entries.length;
    while (at > 0 && this.entries[at - 1].order > entry.order) at -= 1;
    this.log.insertBefore(entry.node, this.entries[at]?.node ?? null);
    this.entries.splice(at, 0, entry);
  }

  #remove(entry) {
    this.entries.splice(this.entries.indexOf(entry), 1);
    entry.node.remove();
  }

  /** Only the last of several messages in a row carries name and time. */
  #group() {
    this.entries.forEach(({ message, node }, at) => {
      const next = this.entries[at + 1]?.message;
      node.classList.toggle("followed", Boolean(next && !message.state && isOneBreath(message, next)));
    });
  }
}

function same(one, other) {
  return (one.id && one.id === other.id) || Boolean(one.client_id && one.client_id === other.client_id);
}

function isOneBreath(one, next) {
  const gap = new Date(next.at) - new Date(one.at);
  return one.sender === next.sender && one.author === next.author && gap < TOGETHER_MS;
}
