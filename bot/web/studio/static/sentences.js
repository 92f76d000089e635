/** The examples of one intent in one language: a list one types into, with what is to be said of each sentence. */

import { el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";
import { explain } from "./api.js";
import { intentLink } from "./names.js";

const LONGEST = 300;
const MANY = 15;

/**
 * `model` is the intent's state (see intent.js). Gives {node, draw(), judge(found), pending()}: `judge` takes what the
 * gateway said of all sentences, `pending` what is being typed and not added yet.
 */
export function sentences(language, model, { move, paste }) {
  const rows = el("ul", { class: "sentences" });
  const fresh = el("input", { maxlength: LONGEST, placeholder: t("add_example_hint"), "aria-label": t("add_example_in", { language: t(`in_${language}`) }) });
  const typed = el("p", { class: "small judged", "aria-live": "polite" });
  const count = el("span", { class: "count" });
  const search = el("input", { type: "text", placeholder: t("find_here"), "aria-label": t("find_here"), oninput: draw });
  const searching = el("div", { class: "search small" }, icon("search"), search);
  let found = { problems: [], warnings: [] };
  let editing = null;

  function draw() {
    const all = model.list(language);
    count.textContent = String(all.length);
    searching.hidden = all.length < MANY && !search.value;
    const words = search.value.trim().toLowerCase();
    fill(rows, all.filter((one) => one === editing || one.text.toLowerCase().includes(words)).map(row),
      !all.length && el("li", { class: "soft none" }, t(`no_examples_${language}`)));
  }

  const about = (text) => [
    ...found.problems.filter((one) => one.lang === language && one.text === text)
      .map((one) => el("span", { class: "bad" }, icon("alert"), explain(one) ?? one.reason)),
    ...found.warnings.filter((one) => one.kind === "near" && one.lang === language && one.text === text).slice(0, 1)
      .map((one) => el("span", { class: "warn" }, icon("alert"), el("span", {}, t("near", { other: one.other }), " ",
        one.intent === model.name ? t("near_here") : intentLink(one.intent)))),
  ];

  function row(one) {
    if (one === editing) return editor(one);
    const judged = about(one.text);
    return el("li", { class: one.added || one.changed ? "fresh" : "" },
      el("button", { type: "button", class: "text", title: t("edit_example"), onclick: () => { editing = one; draw(); } }, marked(one.text)),
      el("span", { class: "row-actions" },
        act("arrow_right", t("move_example", { text: one.text }), () => move(language, one)),
        act("trash", t("remove_example", { text: one.text }), () => remove(one))),
      judged.length > 0 && el("p", { class: "small judged" }, judged));
  }

  function editor(one) {
    const input = el("input", { value: one.text, maxlength: LONGEST, "aria-label": t("edit_example") });
    const end = (keep) => {
      if (editing !== one) return;
      editing = null;
      const text = input.value.trim();
      if (keep && text && text !== one.text) model.change(() => { one.text = text; one.changed = true; });
      else draw();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter");
      fresh.focus();
    });
    input.addEventListener("blur", () => end(true));
    queueMicrotask(() => input.focus());
    return el("li", { class: "editing" }, input);
  }

  function remove(one) {
    const place = model.list(language).indexOf(one);
    model.change((lists) => { lists[language] = lists[language].filter((other) => other !== one); });
    (rows.children[place] ?? rows.lastElementChild)?.querySelector(".row-actions :last-child")?.focus();
  }

  const form = el("form", { class: "add-one", onsubmit: (event) => {
    event.preventDefault();
    const text = fresh.value.trim();
    if (!text || model.list(language).some((one) => one.text === text)) return fresh.select();
    fresh.value = "";
    search.value = "";
    model.change((lists) => { lists[language] = [{ text, added: true }, ...lists[language]]; });
    fresh.focus();
  } }, fresh, el("button", {}, icon("plus"), t("add")));
  fresh.addEventListener("input", () => model.typed());

  const node = el("section", { class: "card examples", lang: language },
    el("div", { class: "row" }, el("h2", {}, t(`language_${language}`)), count,
      el("button", { type: "button", class: "quiet compact push", onclick: () => paste(language) }, icon("copy"), t("paste_many"))),
    form, typed, searching, rows);
  return {
    node,
    draw,
    pending: () => fresh.value.trim(),
    judge: (said) => {
      found = said;
      fill(typed, fresh.value.trim() && about(fresh.value.trim()));
      if (!editing && !rows.contains(document.activeElement)) draw();
      else drawLater();
    },
  };

  /** Under the keyboard's focus nothing is drawn anew: it would be lost. */
  function drawLater() {
    rows.addEventListener("focusout", () => queueMicrotask(() => { if (!editing && !rows.contains(document.activeElement)) draw(); }), { once: true });
  }
}

function act(drawing, label, work) {
  return el("button", { type: "button", class: "quiet compact square", "aria-label": label, title: label, onclick: work }, icon(drawing));
}

/** A sentence with its marked values: "rozmiar [42](size)" shows 42 as a value of its kind. */
export function marked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/\[([^\]]+)\]\(([^):]+)[^)]*\)/g)) {
    parts.push(text.slice(end, match.index), el("mark", { title: t("marked_as", { kind: t(`entity_${match[2]}`) }) }, match[1], el("small", {}, match[2])));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

