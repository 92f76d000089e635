/** Response texts: an edit is live at once, without training. */

import { action, el, field, fill } from "./dom.js";

const LANGUAGES = ["pl", "en"];

export async function show(place, studio, chosen) {
  const { responses } = await studio.api.get("studio/responses");
  const list = el("ul", { class: "names" });
  const filter = el("input", { type: "search", oninput: () => showList() });
  const matches = ({ name, texts }, words) =>
    name.includes(words) || LANGUAGES.some((language) => texts[language].some((text) => text.toLowerCase().includes(words)));
  const showList = () => fill(list, responses
    .filter((response) => matches(response, filter.value.trim().toLowerCase()))
    .map(({ name }) => el("li", {}, el("a", { href: `#responses/${name}`, "aria-current": name === chosen ? "true" : null }, name))));
  showList();
  const detail = el("div", { class: "detail" }, el("p", { class: "muted" }, studio.t("choose_response")));
  place.append(el("aside", { class: "side" }, field(studio.t("filter_texts"), filter), list), detail);
  if (chosen) {
    const known = responses.some(({ name }) => name === chosen);
    edit(detail, studio, known
      ? await studio.api.get(`studio/responses/${encodeURIComponent(chosen)}`)
      : { name: chosen, texts: { pl: [""], en: [""] }, placeholders: [] });
  }
}

function edit(place, studio, response) {
  const lists = Object.fromEntries(LANGUAGES.map((language) => [language, variants(studio, language, response.texts[language])]));
  const save = () => studio.attempt(async () => {
    const texts = Object.fromEntries(LANGUAGES.map((language) => [language, lists[language].texts()]));
    await studio.api.put(`studio/responses/${encodeURIComponent(response.name)}`, { texts });
    await studio.route();
    studio.say(studio.t("saved_live"));
  });
  fill(place,
    el("div", { class: "head" }, el("h1", {}, response.name), action(studio.t("save"), save, { class: "primary" })),
    response.placeholders.length > 0 && el("p", { class: "muted" }, studio.t("placeholders"), " ",
      response.placeholders.map((name) => el("code", {}, `{${name}}`, " "))),
    el("div", { class: "columns" }, LANGUAGES.map((language) => lists[language].node)),
  );
}

function variants(studio, language, texts) {
  const list = el("ul", { class: "examples" });
  const add = (text) => {
    const row = el("li", { class: "row" },
      el("textarea", { rows: 4, maxlength: 2000, value: text, "aria-label": studio.t("variant"), oninput: () => { studio.dirty = true; } }),
      el("button", { type: "button", class: "plain", "aria-label": studio.t("remove_variant"), onclick: () => {
        row.remove();
        studio.dirty = true;
      } }, "×"));
    list.append(row);
    return row;
  };
  texts.forEach(add);
  const node = el("section", { class: "card", lang: language, "aria-label": studio.t(`language_${language}`) },
    el("h2", {}, studio.t(`language_${language}`)), list,
    el("button", { type: "button", onclick: () => add("").querySelector("textarea").focus() }, studio.t("add_variant")));
  return { node, texts: () => [...list.querySelectorAll("textarea")].map((area) => area.value.trim()).filter(Boolean) };
}
