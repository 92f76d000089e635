/** Finding a conversation: by name, e-mail, phone, order, number, or by what was said. */

import * as api from "/static/api.js";
import { $, action, el, empty, fill, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { named, t, when } from "/static/texts.js";

const PAUSE_MS = 250;
const SHORTEST = 2;

let asked = 0;
let timer = 0;
let act = {};

const field = () => $("search").querySelector("input");

/** `acts` is {open(id, messageId)}. */
export function setUp(acts) {
  act = acts;
  $("search").addEventListener("submit", (event) => { event.preventDefault(); look(); });
}

export function draw() {
  const words = field()?.value ?? "";
  fill($("search"), icon("search"), el("input", {
    type: "search", "aria-label": t("search_for"), placeholder: t("search_hint"), title: t("key_hint", { key: "/" }), autocomplete: "off", maxlength: "200",
    "aria-controls": "found", value: words, oninput: soon, onkeydown: keys,
  }));
}

export function focus() {
  document.body.dataset.pane = "queue";
  field().focus();
  field().select();
}

export function close() {
  asked += 1;
  clearTimeout(timer);
  field().value = "";
  show(false);
}

export const isOpen = () => !$("found").hidden;

function show(found) {
  $("found").hidden = !found;
  $("queue-area").hidden = $("tabs").hidden = found;
}

function soon() {
  clearTimeout(timer);
  if (field().value.trim().length < SHORTEST) {
    asked += 1;
    show(false);
  } else {
    timer = setTimeout(look, PAUSE_MS);
  }
}

function keys(event) {
  if (event.key === "Escape") {
    close();
    field().blur();
  } else if (event.key === "ArrowDown" && isOpen()) {
    event.preventDefault();
    step(1);
  }
}

async function look() {
  clearTimeout(timer);
  const words = field().value.trim();
  if (words.length < SHORTEST) return;
  const mine = ++asked;
  if (!isOpen()) fill($("found"), skeleton(5));
  show(true);
  document.body.dataset.pane = "queue";
  try {
    const found = await api.get(`desk/search?q=${encodeURIComponent(words)}`);
    if (mine !== asked) return;
    const head = el("p", { class: "found-head small soft", role: "status" }, found.results.length ? t(found.next ? "found_more" : "found_count", { count: found.results.length }) : "",
      el("button", { type: "button", class: "link push", onclick: close }, t("close_search")));
    fill($("found"), head, found.results.length ? list(found, words, mine) : empty("search", t("found_nothing"), t("found_nothing_hint")));
    $("found").scrollTop = 0;
  } catch (error) {
    if (mine === asked) fill($("found"), empty("alert", error.message, "", action(t("retry"), look)));
  }
}

function list(found, words, mine) {
  const place = el("ul", {}, found.results.map((result) => el("li", {}, entry(result))));
  const more = el("div", { class: "found-more" });
  const next = (after) => after && fill(more, action(t("more"), async () => {
    const page = await api.get(`desk/search?q=${encodeURIComponent(words)}&after=${encodeURIComponent(after)}`);
    if (mine !== asked) return;
    place.append(...page.results.map((result) => el("li", {}, entry(result))));
    fill(more);
    next(page.next);
  }));
  next(found.next);
  return [place, more];
}

function entry({ conversation, match }) {
  return el("button", { type: "button", class: "entry", "data-conversation": conversation.id, onclick: () => act.open(conversation.id, match.message_id) },
    el("span", { class: "line" }, el("strong", { class: "one-line" }, conversation.customer ?? t("customer_unknown")), el("span", { class: "small soft" }, when(match.at ?? conversation.updated_at))),
    el("span", { class: "line small soft" }, el("span", { class: "one-line" }, [t(`state_${conversation.state}`), conversation.assignee?.name].filter(Boolean).join(" · "))),
    el("span", { class: "excerpt small" },
      el("span", { class: "soft" }, `${match.sender && match.field === "message" ? t(`sender_${match.sender}`) : named("field", match.field)}: `),
      match.excerpt.map((piece) => (piece.hit ? el("mark", {}, piece.text) : piece.text))));
}

/** Move the focus along what was found. */
export function step(by) {
  const all = [...$("found").querySelectorAll("[data-conversation]")];
  const at = all.indexOf(document.activeElement);
  all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
}
