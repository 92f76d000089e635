/** A list beside what is open from it: groups of links that a search narrows down. */

import { el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";

const searches = {};

/**
 * The list's column. `groups` are {title, items}; an item is {href, chosen, words, node}: what it leads to, whether it is
 * open, the text that is searched, and what it looks like. What was searched for stays when one is opened.
 */
export function list({ name, label, groups, above = null, filters = null }) {
  const search = el("input", { type: "search", "aria-label": label, placeholder: label, value: searches[name] ?? "", oninput: draw });
  const found = el("p", { class: "hidden", role: "status" });
  const place = el("div", { class: "names" });
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");
  const all = groups.map((group) => ({ ...group, items: group.items.map((item) => ({ ...item, plain: plain(item.words), link: link(item) })) }));

  function draw() {
    searches[name] = search.value;
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const fits = (item) => words.every((word) => item.plain.includes(word)) && (!filters || filters.fits(item));
    const kept = all.map((group) => ({ ...group, items: group.items.filter(fits) })).filter((group) => group.items.length);
    const count = kept.reduce((sum, group) => sum + group.items.length, 0);
    found.textContent = t("found_count", { count });
    fill(place, kept.map((group) => el("section", {},
      el("h2", { class: "overline" }, group.title),
      el("ul", {}, group.items.map((item) => el("li", {}, item.link))))),
    !count && el("p", { class: "soft none" }, t("nothing_found")));
  }
  filters?.changed(draw);
  draw();
  queueMicrotask(() => place.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" }));
  return el("aside", { class: "list" },
    el("div", { class: "stack list-head" }, above, el("div", { class: "search" }, icon("search"), search), filters?.node, found), place);
}

function link({ href, chosen, node }) {
  return el("a", { href, "aria-current": chosen ? "true" : null }, node);
}

/** The way back to the list, seen on a phone only. */
export const back = (href, label) => el("a", { class: "button quiet back", href }, icon("arrow_left"), label);

/** The head of what is open: title, code, badges and actions. */
export function head(title, { code = "", badges = [], actions = [], about = "", quoted = false } = {}) {
  return el("header", { class: "head" },
    el("div", { class: "stack tight" },
      el("div", { class: "row" }, el("h1", { class: quoted ? "quoted" : "" }, title), badges),
      code && el("code", { class: "soft small" }, code),
      about && el("p", { class: "soft about" }, about)),
    el("div", { class: "row actions" }, actions));
}
