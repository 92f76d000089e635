/** What an agent should know before the first word, in the order it is needed. */

import { $, busy, el, fill, link } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { day, money, named, t, when } from "/static/texts.js";
import { attachment } from "./message.js";
import { pairs, section } from "./sections.js";

let shown = "";

/** `acts` is {jump(messageId), insert(text), changeFact(fact), openOther(id), offerChannel(name), unlink()}; of the context
 * `ways` are the channels the customer can be asked over to, `unlinkable` whether this person may undo who it is. */
export function draw(context, acts, language) {
  const { transcript, ...rest } = context;
  const text = JSON.stringify([language, { ...rest, orders: rest.orders.map((item) => ({ ...item, fetched_at: null })) }]);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.closest("#context [data-section]")?.dataset.section;
  fill($("context"),
    why(context, acts),
    section("customer", t("customer"), customer(context, acts)),
    section("facts", t("facts"), facts(context.facts, acts), { note: number(context.facts) }),
    context.orders.length ? section("orders", t("orders"), context.orders.map(order), { note: number(context.orders) }) : null,
    context.cases.length ? section("cases", t("cases"), context.cases.map(oneCase), { note: number(context.cases) }) : null,
    context.promises.length ? section("promises", t("promises"), context.promises.map(promise), { note: broken(context.promises) }) : null,
    context.bot_attempts.length ? section("bot", t("bot_attempts"), attempts(context, acts), { note: number(context.bot_attempts), folded: true }) : null,
    context.previous.length ? section("previous", t("previous"), context.previous.map((item) => previous(item, acts)), { note: number(context.previous) }) : null,
    section("suggestions", t("suggestions"), suggestions(context.suggestions, acts)));
  if (focused) $("context").querySelector(`[data-section="${focused}"] summary`)?.focus({ preventScroll: true });
}

export function clear() {
  shown = "";
  $("context").replaceChildren();
}

const number = (list) => el("span", { class: "count" }, String(list.length));
const broken = (list) => {
  const some = list.filter((item) => item.state === "broken").length;
  return some ? el("span", { class: "badge bad" }, t("promise_is_broken")) : null;
};

const jumpTo = (id, acts) => (id ? el("button", { type: "button", class: "link", onclick: () => acts.jump(id) }, t("see_message")) : null);

function why({ reason, summary_parts, deadlines, intent }, acts) {
  return section("why", t("reason"), [
    el("p", { class: "reason" }, el("strong", {}, reason.text)),
    reason.message?.text ? el("blockquote", {}, t("quoted", { text: reason.message.text }), " ", jumpTo(reason.message.id, acts)) : null,
    el("ul", { class: "summary stack tight" }, summary_parts.map((part) => el("li", { "data-part": part.part }, part.text))),
    dues(deadlines),
    el("p", { class: "row tight" },
      intent.sentiment !== "neutral" ? el("span", { class: `badge ${intent.sentiment === "negative" ? "bad" : "good"}` }, t(`sentiment_${intent.sentiment}`)) : null,
      intent.name ? el("span", { class: "badge", title: intent.top.map((guess) => guess.intent ?? guess.name).join(", ") }, named("intent", intent.name)) : null),
  ], { note: deadlines.overdue ? el("span", { class: "badge bad" }, t("late")) : null });
}

const SOON_MS = 4 * 3600e3;

/** How near the end of the time is in which a channel still takes an answer. */
function closing({ until, human_until: human }) {
  const now = Date.now();
  return now > Date.parse(human) ? "bad" : now > Date.parse(until) - SOON_MS ? "warn" : "";
}

const dues = (all) => el("ul", { class: "stack tight" },
  all.promised_at ? el("li", { class: all.overdue ? "bad" : "" }, icon("clock"), " ", t("answer_promised", { when: when(all.promised_at) })) : null,
  all.reply_windows.map((item) => el("li", { class: closing(item) }, icon("clock"), " ", t("reply_window", { channel: named("channel", item.channel), when: when(item.until), human: when(item.human_until) }))));

function customer({ customer: person, ways, unlinkable }, acts) {
  const { verified, purchases, preferred } = person;
  const proven = verified.verified || verified.how;
  return [
    el("p", { class: "row tight" }, el("strong", {}, person.name ?? t("customer_unknown")),
      el("span", { class: `badge ${proven ? "good" : "warn"}` }, icon(proven ? "shield" : "alert"), t(proven ? "verified" : "unverified"))),
    verified.how ? el("p", { class: "small soft" }, t("verified_how", { how: named("verified", verified.how), when: when(verified.at) })) : null,
    pairs([
      [t("email"), person.email], [t("phone"), person.phone],
      [t("customer_id"), person.id], [t("language"), t(`language_${person.language}`)],
      [t("channels"), person.links.map((item) => [named("channel", item.channel), item.problem && `(${named("problem", item.problem)})`].filter(Boolean).join(" ")).join(", ")],
      [t("prefers"), [preferred.channel && named("channel", preferred.channel), preferred.hours, preferred.agent].filter(Boolean).join(", ")],
      [t("purchases"), purchases.orders ? t("purchases_of", { count: purchases.orders, total: money(purchases.total) }) : ""],
      [t("past_contacts"), person.past_contacts ? String(person.past_contacts) : ""],
      [t("loyalty_points"), person.loyalty_points ? String(person.loyalty_points) : ""],
      [t("consents"), Object.entries(person.consents ?? {}).filter(([, given]) => given).map(([name]) => named("consent", name)).join(", ")],
    ]),
    el("p", { class: "row tight" },
      ways.map((name) => el("button", { type: "button", class: "compact", onclick: (event) => busy(event.currentTarget, () => acts.offerChannel(name)) },
        icon("send"), t("offer_channel", { channel: named("channel", name) }))),
      unlinkable ? el("button", { type: "button", class: "compact", onclick: acts.unlink }, icon("person"), t("unlink")) : null),
  ];
}

function facts(all, acts) {
  return [
    el("ul", { class: "facts" }, all.map((fact) => el("li", {},
      el("span", { class: "soft small" }, named("fact", fact.key)),
      el("span", { class: "row tight" }, el("strong", { class: "as-written" }, fact.label),
        fact.confirmed ? el("span", { title: t("confirmed") }, icon("check"), el("span", { class: "hidden" }, t("confirmed"))) : null),
      el("span", { class: "small soft row tight" }, origin(fact, acts), el("time", { datetime: fact.at }, when(fact.at)),
        el("button", { type: "button", class: "link", "aria-label": t("correct_fact", { what: named("fact", fact.key) }), onclick: () => acts.changeFact(fact) }, t("correct")))))),
    el("button", { type: "button", class: "compact", onclick: () => acts.changeFact(null) }, icon("plus"), t("add_fact")),
  ];
}

function origin(fact, acts) {
  const { kind, what, by } = fact.source;
  if (fact.from_conversation) return el("button", { type: "button", class: "link", onclick: () => acts.openOther(fact.from_conversation) }, t("source_other"));
  const words = t(`source_${kind}`, { what: named("lookup", what), by });
  return fact.message_id ? el("button", { type: "button", class: "link", title: t("see_message"), onclick: () => acts.jump(fact.message_id) }, words) : el("span", {}, words);
}

const CHANGE = { open: "warn", applied: "good", overruled: "bad", undone: "" };
const changed = ({ column, before, after }) => `${named("column", column)} ${before ?? "–"} → ${after ?? "–"}`;

const LATE = new Set(["lost", "delayed"]);

function order(item) {
  const parcel = [item.carrier, item.tracking.number].filter(Boolean).join(" ");
  const good = ["delivered", "in_locker"].includes(item.status);
  return el("article", { class: "item" },
    el("p", { class: "row apart" }, el("strong", {}, item.number),
      el("span", { class: `badge ${item.late || LATE.has(item.status) ? "bad" : good ? "good" : "info"}` }, named("order", item.status), item.late ? ` · ${t("late")}` : "")),
    el("p", { class: "small" }, item.items.map((line) => `${line.quantity} × ${line.name}${line.size ? ` (${line.size})` : ""}`).join(", ")),
    el("p", { class: "small soft" }, `${money(item.total)} · ${named("payment", item.payment)} · ${day(item.created_at)}`),
    parcel ? el("p", { class: "small" }, icon("truck"), " ", item.tracking.url ? link(item.tracking.url, parcel) : parcel) : null,
    item.delivered_on ? el("p", { class: "small" }, t("delivered_on", { day: day(item.delivered_on) }))
      : item.expected_on ? el("p", { class: "small" }, t("expected_on", { day: day(item.expected_on) })) : null,
    item.address || item.locker ? el("p", { class: "small soft" }, icon("pin"), " ", [item.recipient, item.locker ?? item.address].filter(Boolean).join(", ")) : null,
    item.changes.map((change) => el("p", { class: "small" }, el("span", { class: `badge ${CHANGE[change.state]}` }, named("changestate", change.state)),
      ` ${named("change", change.kind)}, ${when(change.at)}: ${change.values.map(changed).join("; ")}`)),
    item.proven ? null : el("p", { class: "small warn" }, icon("alert"), " ", t("not_proven")));
}

function oneCase(item) {
  const clock = !item.open ? el("span", { class: "badge" }, named("casestate", item.status))
    : item.days_left === null ? null
      : el("span", { class: `badge ${item.days_left < 0 ? "bad" : item.days_left <= 3 ? "warn" : "info"}` }, icon("clock"),
        item.days_left < 0 ? t("days_over", { count: -item.days_left }) : t("days_left", { count: item.days_left }));
  return el("article", { class: "item" },
    el("p", { class: "row apart" }, el("strong", {}, `${named("case", item.kind)} ${item.number}`), clock),
    el("p", { class: "small soft" }, [named("casestate", item.status), t("of_order", { number: item.order }), item.due_on && t("due_on", { day: day(item.due_on) })].filter(Boolean).join(" · ")),
    item.description ? el("p", { class: "small" }, item.description, item.since ? ` · ${t("fault_since", { when: item.since })}` : null) : null,
    item.account ? el("p", { class: "small soft" }, t("refund_to", { account: item.account })) : null,
    item.files.length ? el("p", { class: "row tight" }, item.files.map((file) => attachment(file, fileOf(file)))) : null);
}

const fileOf = (file) => `/api/desk/conversations/${encodeURIComponent(file.conversation_id)}/attachments/${encodeURIComponent(file.id)}`;

const promise = (item) => el("p", { class: "row apart" },
  el("span", {}, named("promise", item.kind), el("span", { class: "soft" }, ` · ${when(item.due_at)}`)),
  el("span", { class: `badge ${{ broken: "bad", kept: "good" }[item.state] ?? "info"}` }, t(`promise_is_${item.state}`)));

const attempts = ({ bot_attempts }, acts) => el("ol", { class: "attempts" }, bot_attempts.toReversed().map((item) => el("li", {},
  el("p", { class: "small soft row tight" }, el("time", {}, when(item.at)), item.intent ? `${named("intent", item.intent)} ${Math.round((item.confidence ?? 0) * 100)}%` : "", jumpTo(item.message_ids[0], acts)),
  item.asked ? el("p", {}, t("quoted", { text: item.asked })) : null,
  item.looked_up.map((look) => el("p", { class: "small" }, icon("search"), ` ${named("lookup", look.what)}: ${look.result}`)),
  item.answered ? el("p", { class: "small soft as-written" }, item.answered) : null,
  item.error ? el("p", { class: "small bad" }, item.error) : null)));

const previous = (item, acts) => el("button", { type: "button", class: "item previous", onclick: () => acts.openOther(item.id) },
  el("span", { class: "row apart" }, el("strong", {}, day(item.at)), el("span", { class: "badge" }, item.outcome.outcome ? named("outcome", item.outcome.outcome) : t(`state_${item.state}`))),
  el("span", { class: "small" }, [item.reason && named("reason", item.reason), ...item.intents.map((name) => named("intent", name))].filter(Boolean).join(" · ")),
  item.outcome.note ? el("span", { class: "small soft" }, item.outcome.note) : null);

/** The drafts that a digit inserts, in the order they are numbered. */
export const insertable = (context) => (context?.suggestions ?? []).filter((item) => item.kind !== "action").slice(0, 9);

function suggestions(all, acts) {
  const actions = all.filter((item) => item.kind === "action");
  return [
    actions.length ? el("ul", { class: "todo stack tight" }, actions.map((item) => el("li", {}, icon("spark"), el("span", {}, item.text)))) : null,
    insertable({ suggestions: all }).map((item, index) => el("button", { type: "button", class: "item canned", title: t("insert_hint", { key: index + 1 }), onclick: () => acts.insert(item.text) },
      el("kbd", { "aria-hidden": "true" }, String(index + 1)),
      el("span", {}, item.title ? el("strong", {}, item.title) : null, el("span", {}, item.text)))),
  ];
}
