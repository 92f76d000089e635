/** A list of any length whose rows all have one height: only those in sight, and a few around them, are in the page. */

import { el } from "/static/dom.js";

const AROUND = 6;

export class VirtualList {
  /**
   * `area` scrolls, `list` is the <ul> inside it. `draw(item)` makes a row's content; `same(item)` is a text that changes
   * when the row must be drawn anew; `end()` is called when the last rows come into sight.
   */
  constructor(area, list, { draw, same, end }) {
    Object.assign(this, { area, list, draw, same, end, items: [], rows: new Map() });
    area.addEventListener("scroll", () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(area);
  }

  set(items) {
    this.items = items;
    this.show();
  }

  /** Bring row `index` into sight, and give it. */
  reveal(index) {
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.area;
    if (top < scrollTop) this.area.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.area.scrollTop = top + this.height - clientHeight;
    this.show();
    return this.rows.get(this.items[index].id)?.node;
  }

  get height() {
    // As in desk.css; a reader's own text size counts.
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  show() {
    const height = this.height;
    const first = Math.max(0, Math.floor(this.area.scrollTop / height) - AROUND);
    const last = Math.min(this.items.length, Math.ceil((this.area.scrollTop + this.area.clientHeight) / height) + AROUND);
    this.list.style.height = `${this.items.length * height}px`;
    const wanted = new Map(this.items.slice(first, last).map((item, place) => [item.id, [item, first + place]]));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      row.node.remove();
      this.rows.delete(id);
    }
    for (const [item, index] of wanted.values()) this.row(item, index, height);
    this.order(wanted);
    if (last === this.items.length && this.items.length) this.end();
  }

  row(item, index, height) {
    const known = this.rows.get(item.id);
    const text = this.same(item);
    const row = known ?? { node: el("li") };
    if (row.text !== text) {
      const focused = row.node.contains(document.activeElement);
      row.node.replaceChildren(this.draw(item));
      row.text = text;
      if (focused) row.node.firstElementChild.focus({ preventScroll: true });
    }
    row.node.style.transform = `translateY(${index * height}px)`;
    row.node.setAttribute("aria-setsize", this.items.length);
    row.node.setAttribute("aria-posinset", index + 1);
    this.rows.set(item.id, row);
  }

  // Reading order is the order in the page: a row that has it already is not moved, so that it keeps the focus.
  order(wanted) {
    let at = this.list.firstElementChild;
    for (const id of wanted.keys()) {
      const { node } = this.rows.get(id);
      if (node === at) at = at.nextElementSibling;
      else this.list.insertBefore(node, at);
    }
  }
}
