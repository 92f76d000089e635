/** Many examples at once: each line is judged before any is added. */

import { busy, el, field, fill } from "/static/dom.js";
import { sheet } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";
import { explain, post } from "./api.js";
import { intentLink } from "./names.js";

const PAUSE_MS = 300;

/** Let the admin paste lines for `model` in that language; what is fine is added in one step. */
export function pasteMany(model, language, name) {
  const area = el("textarea", { rows: "8", lang: language, spellcheck: "true" });
  const judged = el("div", { class: "stack tight", "aria-live": "polite" });
  const add = el("button", { type: "button", class: "primary", disabled: true }, t("add"));
  let timer;
  let good = [];

  async function judge() {
    const { fresh, skipped } = split(area.value, new Set(model.texts(language).map(plain)));
    const others = Object.fromEntries(["pl", "en"].map((one) => [one, model.texts(one)]));
    const examples = { ...others, [language]: [...others[language], ...fresh] };
    const { problems, warnings } = fresh.length ? await post(`intents/${name}/check`, { examples }) : { problems: [], warnings: [] };
    const bad = problems.filter((one) => one.lang === language && fresh.includes(one.text));
    good = fresh.filter((text) => !bad.some((one) => one.text === text));
    const near = warnings.filter((one) => one.kind === "near" && good.includes(one.text) && one.lang === language);
    show(bad, skipped, near);
  }

  function show(bad, skipped, near) {
    add.textContent = good.length ? t("add_count", { count: good.length }) : t("add");
    add.disabled = !good.length;
    fill(judged,
      good.length > 0 && el("p", { class: "banner good" }, icon("check"), t("lines_good", { count: good.length })),
      skipped > 0 && el("p", { class: "banner" }, icon("info"), t("lines_known", { count: skipped })),
      bad.length > 0 && el("div", { class: "banner bad" }, icon("alert"), t("lines_bad", { count: bad.length })),
      bad.length > 0 && el("ul", { class: "stack tight small" }, bad.map((one) => el("li", {}, el("strong", {}, one.text), " — ", explain(one) ?? one.reason))),
      near.length > 0 && el("details", {}, el("summary", { class: "warn" }, t("lines_near", { count: near.length })),
        el("ul", { class: "stack tight small" }, near.map((one) => el("li", {}, el("strong", {}, one.text), " ≈ ", one.other, " · ", intentLink(one.intent))))));
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    add.disabled = true;
    timer = setTimeout(() => judge().catch((error) => fill(judged, el("p", { class: "error" }, error.message))), PAUSE_MS);
  });
  add.addEventListener("click", () => busy(add, async () => {
    model.change((lists) => { lists[language] = [...good.map((text) => ({ text, added: true })).reverse(), ...lists[language]]; });
    dialog.close();
  }));
  const dialog = sheet(t("paste_title", { language: t(`in_${language}`) }), el("div", { class: "stack" },
    field(t("one_a_line"), area, { hint: t("paste_hint") }), judged, el("div", { class: "actions" }, add)), { wide: true });
  area.focus();
}

/** The lines that are not there yet, without the dashes of a training file, and how many were there already. */
function split(text, known) {
  const fresh = [];
  let skipped = 0;
  for (const line of text.split("\n").map((one) => one.replace(/^\s*[-•*]\s+/, "").trim()).filter(Boolean)) {
    if (known.has(plain(line))) skipped += 1;
    else fresh.push(line);
    known.add(plain(line));
  }
  return { fresh, skipped };
}

const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l").replace(/\s+/g, " ");
