/** Response texts by topic: an edit is live at once, without training. */

import { action, el, empty, fill, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { language, t } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { get, put } from "./api.js";
import { settle } from "./conflict.js";
import { lastChange } from "./history.js";
import { back, head, list } from "./list.js";
import { intents, topicName } from "./names.js";
import { preview } from "./preview.js";
import { valueName, variants } from "./variants.js";

const LANGUAGES = ["pl", "en"];
const TOPICS = ["custom", "conversation", "orders", "returns", "complaints", "products", "payment", "account", "handoff", "buttons", "errors", "desk"];

export async function show(place, studio, chosen) {
  const { responses } = await get("responses");
  const place_in = (topic) => (TOPICS.includes(topic) ? TOPICS.indexOf(topic) : TOPICS.length);
  const topics = [...new Set(responses.map((one) => one.topic))].sort((one, other) => place_in(one) - place_in(other));
  const groups = topics.map((topic) => ({
    title: topicName(topic),
    items: responses.filter((one) => one.topic === topic).map((one) => item(one, chosen)),
  }));
  const detail = el("div", { class: "detail" });
  const title = el(chosen ? "h2" : "h1", {}, t("tab_responses"));
  fill(place, list({ name: "responses", label: t("filter_texts"), groups, above: title }), detail);
  place.classList.toggle("open", Boolean(chosen));
  if (!chosen) return fill(detail, empty("chat", t("choose_response"), t("what_is_response")));
  fill(detail, skeleton(8));
  const known = responses.some((one) => one.name === chosen);
  const response = known ? await get(`responses/${encodeURIComponent(chosen)}`)
    : { name: chosen, texts: { pl: [], en: [] }, variants: { pl: [], en: [] }, placeholders: [], topic: "custom", last: null };
  return edit(detail, studio, response, (await intents()).map((intent) => intent.name));
}

function item({ name, texts }, chosen) {
  const said = texts[language()]?.[0] ?? texts.pl[0] ?? "";
  return {
    href: `#responses/${name}`,
    chosen: name === chosen,
    words: [name, ...texts.pl, ...(texts.en ?? [])].join(" "),
    node: [
      el("span", { class: "item-text" }, el("span", { class: "one-line" }, said), el("code", { class: "soft one-line" }, name)),
      !texts.en?.length && el("span", { class: "badge warn", title: t("no_english") }, "EN?"),
    ],
  };
}

function edit(place, studio, response, names) {
  const left = studio.leaving.signal;
  const draft = el("span", { class: "badge info", hidden: true }, t("unsaved"));
  const saving = action([icon("check"), t("save")], save, { class: "primary", "data-save": true, disabled: true });
  const parts = Object.fromEntries(LANGUAGES.map((code) => {
    const shown = preview(code);
    const given = response.variants[code]?.length ? response.variants[code] : [{ text: "" }];
    const own = variants(code, given, { placeholders: response.placeholders, intents: names, changed: () => touched(code) });
    return [code, { own, shown }];
  }));

  function touched(code) {
    studio.unsaved = save;
    draft.hidden = saving.disabled = false;
    parts[code].shown.draw(parts[code].own.value());
  }

  async function save() {
    if (!parts.pl.own.value().length) return parts.pl.own.refuse(t("answer_missing"));
    if (!LANGUAGES.every((code) => parts[code].own.check())) return undefined;
    return attempt(() => store(Object.fromEntries(LANGUAGES.map((code) => [code, parts[code].own.value()])), response.version));
  }

  async function store(given, version) {
    try {
      await put(`responses/${encodeURIComponent(response.name)}`, { variants: given, version });
    } catch (error) {
      if (error.details.reason !== "changed_meanwhile") throw error;
      const settled = await settle(response, { variants: given }, error.details);
      if (!settled) return undefined;
      if (!settled.drop) return store(settled.variants, settled.version);
      return again();
    }
    toast(t("saved_live"));
    return again();
  }

  /** Show what is saved, unless the admin has gone elsewhere meanwhile. */
  function again() {
    if (left.aborted) return undefined;
    studio.unsaved = null;
    return studio.reload();
  }

  fill(place,
    back("#responses", t("tab_responses")),
    head(response.texts[language()]?.[0] ?? response.texts.pl[0] ?? t("new_response"), {
      code: response.name,
      quoted: true,
      badges: [el("span", { class: "badge" }, topicName(response.topic)), el("span", { class: "badge good" }, icon("check"), t("live_at_once")), draft],
      actions: [saving, el("a", { class: "button square", href: `#history/${response.name}`, "aria-label": t("its_history"), title: t("its_history") }, icon("history"))],
    }),
    lastChange(response.last, response.name),
    response.placeholders.length > 0 && values(response.placeholders),
    el("div", { class: "columns" }, LANGUAGES.map((code) => el("section", { class: "card stack", lang: code },
      el("h2", {}, t(`language_${code}`)), parts[code].own.node, parts[code].shown.node))));
  for (const code of LANGUAGES) parts[code].shown.draw(parts[code].own.value());
}

/** What the bot fills in, in words. */
function values(placeholders) {
  return el("section", { class: "card stack tight" },
    el("h3", {}, t("values_title")), el("p", { class: "soft" }, t("values_text")),
    el("dl", { class: "values" }, placeholders.map((name) => el("div", {}, el("dt", {}, el("code", {}, `{${name}}`)), el("dd", {}, valueName(name))))));
}
