/** What an admin's own intent is called and says: its name, and its answer in both languages. */

import { el, field, problem } from "/static/dom.js";
import { has, t } from "/static/texts.js";
import { preview } from "./preview.js";
import { variants } from "./variants.js";

const NAME = /^[a-z][a-z0-9_]{1,60}$/;
const LANGUAGES = ["pl", "en"];

/** {node, name(), titles(), check(), focus()}: the title customers are offered it by, and of a new intent its code. */
export function nameCard(intent, all, changed) {
  const titles = Object.fromEntries(LANGUAGES.map((language) => [language, el("input", {
    value: intent.title[language][0] ?? "", maxlength: 60, lang: language, oninput: () => { suggest(); changed(); },
  })]));
  const code = el("input", { spellcheck: "false", autocapitalize: "off", maxlength: 61, oninput: () => { code.dataset.own = "1"; changed(); judge(); } });

  function suggest() {
    problem(titles.pl, "");
    if (!intent.isNew || code.dataset.own) return;
    code.value = slug(titles.en.value || titles.pl.value);
    judge();
  }

  function judge() {
    const taken = all.some((one) => one.name === code.value) || has(`intent_${code.value}`);
    const wrong = code.value && !NAME.test(code.value);
    problem(code, taken ? t("name_taken") : wrong ? t("name_rule") : "");
    return Boolean(code.value) && !taken && !wrong;
  }

  function check() {
    if (!titles.pl.value.trim()) {
      problem(titles.pl, t("title_missing"));
      titles.pl.focus();
      return false;
    }
    if (!intent.isNew || judge()) return true;
    if (!code.value) problem(code, t("name_rule"));
    code.focus();
    return false;
  }

  const node = el("section", { class: "card stack" },
    el("h2", {}, t("name_card")),
    el("div", { class: "columns" },
      field(t("title_pl"), titles.pl, { hint: t("title_hint") }), field(t("title_en"), titles.en),
      intent.isNew && field(t("code_name"), code, { hint: t("name_rule") })));
  return {
    node,
    check,
    name: () => code.value,
    titles: () => Object.fromEntries(LANGUAGES.map((language) => [language, [titles[language].value.trim()].filter(Boolean)])),
    focus: () => titles.pl.focus(),
  };
}

/** {node, texts(), check()}: what the assistant answers, with how customers will see it. */
export function answerCard(intent, changed) {
  const parts = Object.fromEntries(LANGUAGES.map((language) => {
    const given = intent.answer[language].length ? intent.answer[language] : [""];
    const shown = preview(language);
    const own = variants(language, given.map((text) => ({ text })), {
      placeholders: [], buttons: false, changed: () => { shown.draw(own.value()); changed(); },
    });
    shown.draw(own.value());
    return [language, { own, shown }];
  }));
  const node = el("section", { class: "card stack" },
    el("div", {}, el("h2", {}, t("answer_card")), el("p", { class: "soft" }, t("answer_hint"))),
    el("div", { class: "columns" }, LANGUAGES.map((language) => el("div", { class: "stack" },
      el("h3", {}, t(`language_${language}`)), parts[language].own.node, parts[language].shown.node))));
  const texts = () => Object.fromEntries(LANGUAGES.map((language) => [language, parts[language].own.value().map((one) => one.text)]));
  return {
    node,
    texts,
    check() {
      const needed = intent.isNew || texts().en.length > 0;
      if (needed && !texts().pl.length) return parts.pl.own.refuse(t("answer_missing"));
      return LANGUAGES.every((language) => parts[language].own.check());
    },
  };
}

/** "Karta podarunkowa" → "karta_podarunkowa". */
function slug(title) {
  const plain = title.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
  return plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 60);
}
