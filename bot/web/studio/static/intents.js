/** Intents: the list on the left, the examples of one in both languages side by side. */

import { action, el, field, fill } from "./dom.js";

const LANGUAGES = ["pl", "en"];

export async function show(place, studio, chosen) {
  const { intents } = await studio.api.get("studio/intents");
  const list = el("ul", { class: "names" });
  const filter = el("input", { type: "search", oninput: () => showList() });
  const showList = () => fill(list, intents
    .filter((intent) => intent.name.includes(filter.value.trim().toLowerCase()))
    .map((intent) => el("li", {}, el("a", {
      href: `#intents/${intent.name}`, "aria-current": intent.name === chosen ? "true" : null,
    }, intent.name, el("span", { class: "count" }, ` ${intent.counts.pl} · ${intent.counts.en}`),
    !intent.answered && el("span", { class: "tag bad" }, studio.t("no_answer"))))));
  showList();
  place.append(
    el("aside", { class: "side" }, field(studio.t("filter"), filter), newIntent(studio), list),
    el("div", { class: "detail" }, chosen ? null : el("p", { class: "muted" }, studio.t("choose_intent"))),
  );
  if (chosen) {
    const intent = intents.some((known) => known.name === chosen)
      ? await studio.api.get(`studio/intents/${encodeURIComponent(chosen)}`)
      : { name: chosen, examples: { pl: [], en: [] }, built_in: false, isNew: true };
    edit(place.querySelector(".detail"), studio, intent);
  }
}

function newIntent(studio) {
  const name = el("input", { required: true, pattern: "[a-z][a-z0-9_]{1,60}", title: studio.t("name_rule"), spellcheck: "false" });
  return el("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    location.hash = `#intents/${name.value}`;
  } }, field(studio.t("new_intent"), name), el("button", {}, studio.t("create")));
}

function edit(place, studio, intent) {
  const lists = Object.fromEntries(LANGUAGES.map((language) => [language, examples(studio, language, intent.examples[language])]));
  const save = () => studio.attempt(async () => {
    const body = { examples: Object.fromEntries(LANGUAGES.map((language) => [language, lists[language].texts()])) };
    if (intent.version) body.version = intent.version;
    await studio.api.put(`studio/intents/${encodeURIComponent(intent.name)}`, body);
    await studio.route();
    studio.say(studio.t("saved_train"));
  });
  fill(place,
    el("div", { class: "head" }, el("h1", {}, intent.name),
      action(studio.t("save"), save, { class: "primary" }),
      !intent.built_in && !intent.isNew && action(studio.t("delete_intent"), () => remove(studio, intent.name), { class: "danger" }),
      !intent.built_in && el("a", { href: `#responses/utter_${intent.name}` }, studio.t("its_response"))),
    intent.isNew && el("p", { class: "muted" }, studio.t("new_intent_hint")),
    el("div", { class: "columns" }, LANGUAGES.map((language) => lists[language].node)),
  );
}

function remove(studio, name) {
  if (!window.confirm(studio.t("really_delete", { name }))) return undefined;
  return studio.attempt(async () => {
    await studio.api.remove(`studio/intents/${encodeURIComponent(name)}`);
    studio.dirty = false;
    studio.say(studio.t("deleted"));
    location.hash = "#intents";
  });
}

/** The editable examples of one language: {node, texts()}. */
function examples(studio, language, texts) {
  const list = el("ul", { class: "examples" });
  const count = el("span", { class: "count" });
  const touched = () => { studio.dirty = true; counted(); };
  const counted = () => { count.textContent = ` ${list.children.length}`; };
  const add = (text) => {
    const row = el("li", { class: "row" },
      el("input", { value: text, maxlength: 300, "aria-label": studio.t("example"), oninput: touched }),
      el("button", { type: "button", class: "plain", "aria-label": studio.t("remove_example", { text }), onclick: () => {
        const next = row.nextElementSibling ?? row.previousElementSibling;
        row.remove();
        touched();
        next?.querySelector("button").focus();
      } }, "×"));
    list.append(row);
  };
  texts.forEach(add);
  counted();
  const fresh = el("input", { maxlength: 300 });
  const one = el("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    if (!fresh.value.trim()) return;
    add(fresh.value.trim());
    fresh.value = "";
    touched();
  } }, field(studio.t("add_example"), fresh), el("button", {}, studio.t("add")));
  const many = el("textarea", { rows: 6 });
  const paste = el("details", {}, el("summary", {}, studio.t("paste_many")), field(studio.t("one_a_line"), many),
    action(studio.t("add"), () => {
      // Lines copied from a training file start with a dash.
      const lines = many.value.split("\n").map((line) => line.replace(/^\s*-\s+/, "").trim()).filter(Boolean);
      const known = new Set([...list.querySelectorAll("input")].map((input) => input.value.trim()));
      new Set(lines.filter((line) => !known.has(line))).forEach(add);
      many.value = "";
      touched();
    }));
  const node = el("section", { class: "card", lang: language, "aria-label": studio.t(`language_${language}`) },
    el("h2", {}, studio.t(`language_${language}`), count), one, paste, list);
  return { node, texts: () => [...list.querySelectorAll("input")].map((input) => input.value.trim()).filter(Boolean) };
}
