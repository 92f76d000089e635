// What the agent should know before the first word: the reason and the summary first, then everything else.

import { $, el, fill, link } from "./dom.js";
import { day, money, named, t, when } from "./texts.js";
import { jumpTo } from "./transcript.js";

export function drawContext(context, { useDraft, changeFact, openOther, showMessage }) {
  const jump = (id) => el("button", { type: "button", class: "link", onclick: () => { showMessage(); jumpTo(id); } }, t("see_message"));
  fill($("context"),
    block("reason", context.reason.text, [
      context.reason.message?.text ? el("p", {}, `${t("quoted", { text: context.reason.message.text })} `, context.reason.message.id ? jump(context.reason.message.id) : "") : null,
    ]),
    block("", t("summary"), list(context.summary_parts.map((part) => part.text))),
    block("", t("deadlines"), deadlines(context.deadlines)),
    block("", t("facts"), facts(context.facts, jump, changeFact)),
    block("", t("customer"), customer(context.customer)),
    block("", t("orders"), list(context.orders.map(order))),
    block("", t("cases"), list(context.cases.map(caseLine))),
    block("", t("promises"), list(context.promises.map(promise))),
    block("", t("suggestions"), list(context.suggestions.map((item) => suggestion(item, useDraft)))),
    block("", t("intent"), intent(context.intent)),
    block("", t("bot_attempts"), list(context.bot_attempts.map(attempt))),
    block("", t("previous"), list(context.previous.map((item) => previous(item, openOther)))));
}

function block(kind, title, ...children) {
  return el("section", { class: `block ${kind}` }, el("h3", {}, title), children);
}

const list = (items) => items.length ? el("ul", {}, items.map((item) => el("li", {}, item))) : el("p", { class: "when" }, t("nothing"));

const pairs = (rows) => el("dl", {}, rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

function deadlines(all) {
  return list([
    all.promised_at ? el("span", { class: all.overdue ? "broken" : "" }, t("answer_promised", { when: when(all.promised_at) })) : null,
    ...all.reply_windows.map((w) => t("reply_window", { channel: named("channel", w.channel), when: when(w.until), human: when(w.human_until) })),
    ...all.legal.map((item) => el("span", { class: item.days_left < 0 ? "broken" : "" },
      t("legal", { what: named("case", item.kind), number: item.number, day: day(item.due_on), days: item.days_left }))),
  ].filter(Boolean));
}

function facts(all, jump, changeFact) {
  return [
    list(all.map((fact) => [
      el("span", {}, el("strong", {}, named("fact", fact.key)), `: ${fact.value}`, fact.confirmed ? ` (${t("confirmed")})` : ""),
      el("span", { class: "source" }, source(fact), ", ", when(fact.at), " ", fact.message_id ? jump(fact.message_id) : "", " ",
        el("button", { type: "button", class: "link", onclick: () => changeFact(fact) }, t("correct"))),
    ])),
    el("button", { type: "button", onclick: () => changeFact(null) }, t("add_fact")),
  ];
}

function source(fact) {
  const { kind, what, by } = fact.source;
  if (fact.from_conversation) return t("source_other");
  return t(`source_${kind}`, { what: named("lookup", what), by });
}

function customer(person) {
  const { verified, purchases, preferred } = person;
  const how = verified.how ? t("verified_how", { how: named("verified", verified.how), when: when(verified.at) }) : t("unverified");
  return pairs([
    [t("name"), person.name], [t("email"), person.email], [t("phone"), person.phone], [t("identity"), how],
    [t("channels"), person.links.map((item) => named("channel", item.channel)).join(", ")],
    [t("prefers"), [preferred.channel && named("channel", preferred.channel), preferred.hours, preferred.agent].filter(Boolean).join(", ")],
    [t("purchases"), purchases.orders === null ? "" : t("purchases_of", { orders: purchases.orders, total: money(purchases.total) })],
    [t("past_contacts"), person.past_contacts === null ? "" : String(person.past_contacts)],
    [t("consents"), Object.entries(person.consents ?? {}).filter(([, given]) => given).map(([name]) => named("consent", name)).join(", ")],
  ]);
}

function order(item) {
  const parcel = [item.carrier, item.tracking.number].filter(Boolean).join(" ");
  return [
    el("strong", {}, `${item.number} – ${named("order", item.status)}${item.late ? ` (${t("late")})` : ""}`),
    el("span", {}, item.items.map((line) => `${line.quantity} × ${line.name}${line.size ? ` (${line.size})` : ""}`).join(", ")),
    el("span", {}, `${money(item.total)}, ${named("payment", item.payment)}`),
    parcel ? el("span", {}, item.tracking.url ? link(item.tracking.url, parcel) : parcel) : null,
    item.delivered_on ? t("delivered_on", { day: day(item.delivered_on) }) : item.expected_on ? t("expected_on", { day: day(item.expected_on) }) : null,
    item.proven ? null : el("span", { class: "broken" }, t("not_proven")),
    el("span", { class: "when" }, t("fetched_at", { when: when(item.fetched_at) })),
  ].filter(Boolean);
}

function caseLine(item) {
  const title = `${named("case", item.kind)} ${item.number} – ${named("casestate", item.status)}`;
  return [el("strong", {}, title), item.open && item.due_on ? t("due_on", { day: day(item.due_on) }) : null].filter(Boolean);
}

function promise(item) {
  return el("span", { class: item.state === "broken" ? "broken" : "" },
    `${named("promise", item.kind)}: ${when(item.due_at)} – ${t(`promise_is_${item.state}`)}`);
}

function suggestion(item, useDraft) {
  if (item.kind === "action") return item.text;
  return [
    el("span", {}, item.title ? el("strong", {}, `${item.title}: `) : "", item.text),
    el("button", { type: "button", class: "link", onclick: () => useDraft(item.text) }, t("use_draft")),
  ];
}

function intent(item) {
  if (!item.name) return el("p", { class: "when" }, t("nothing"));
  const guesses = item.top.map((guess) => `${guess.intent} ${Math.round(guess.confidence * 100)}%`).join(", ");
  return [el("p", {}, guesses || item.name), el("p", {}, t(`sentiment_${item.sentiment}`))];
}

function attempt(item) {
  const looked = item.looked_up.map((lookup) => `${named("lookup", lookup.what)}: ${lookup.result}`).join("; ");
  return [
    el("span", { class: "when" }, [when(item.at), item.intent, named("outcome", item.outcome.kind)].filter(Boolean).join(" · ")),
    el("span", {}, t("quoted", { text: item.asked })), looked ? el("span", {}, looked) : null,
    item.answered ? el("span", {}, `→ ${item.answered}`) : null,
    item.error ? el("span", { class: "broken" }, item.error) : null,
  ].filter(Boolean);
}

function previous(item, openOther) {
  const about = [when(item.at), item.intents.join(", "), item.outcome.outcome, item.outcome.by].filter(Boolean).join(" · ");
  return el("button", { type: "button", class: "link", onclick: () => openOther(item.id) }, about);
}
