/** The ways to say one text in one language: variants, their buttons, and the values that are filled in. */

import { el, field, fill, problem } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";
import { intentName } from "./names.js";

const LONGEST = 2000;
const LONGEST_TITLE = 60;

/**
 * `given` are [{text, buttons}], `placeholders` the values the bot can fill in, `intents` the names a button may mean.
 * Gives {node, value(), check(), refuse(words)}.
 */
export function variants(language, given, { placeholders, buttons = true, intents = [], changed }) {
  const all = given.map((one) => ({ text: one.text, buttons: (one.buttons ?? []).map((button) => ({ ...button })) }));
  const place = el("div", { class: "stack" });
  const areas = new Map();

  function draw() {
    areas.clear();
    fill(place, all.map(card), el("div", {}, el("button", { type: "button", class: "quiet compact", onclick: add }, icon("plus"), t("add_variant"))));
  }

  function add() {
    all.push({ text: "", buttons: [] });
    draw();
    areas.get(all.at(-1)).focus();
    changed();
  }

  function card(one, index) {
    const area = el("textarea", { rows: "4", maxlength: LONGEST, value: one.text, lang: language, oninput: () => {
      one.text = area.value;
      judge(one);
      changed();
    } });
    areas.set(one, area);
    const label = all.length > 1 ? t("variant_number", { number: index + 1 }) : t("variant");
    const drop = () => { all.splice(index, 1); draw(); changed(); };
    return el("div", { class: "variant stack tight" },
      field(label, area),
      el("div", { class: "row tight" },
        placeholders.map((name) => el("button", { type: "button", class: "compact chip", title: t("insert", { name: valueName(name) }), onclick: () => insert(area, name) }, `{${name}}`)),
        all.length > 1 && el("button", { type: "button", class: "quiet compact push", onclick: drop }, icon("trash"), t("remove_variant"))),
      buttons && buttonsOf(one));
  }

  function buttonsOf(one) {
    const rows = one.buttons.map((button, index) => el("div", { class: "row button-row" },
      el("input", { value: button.title, maxlength: LONGEST_TITLE, "aria-label": t("button_title"), placeholder: t("button_title"), oninput: (event) => { button.title = event.target.value; changed(); } }),
      meaning(button),
      el("button", { type: "button", class: "quiet square compact", "aria-label": t("remove_button", { title: button.title }), title: t("remove_button", { title: button.title }),
        onclick: () => { one.buttons.splice(index, 1); draw(); changed(); } }, icon("trash"))));
    const more = el("button", { type: "button", class: "quiet compact", onclick: () => { one.buttons.push({ title: "", payload: `/${intents[0]}` }); draw(); changed(); } },
      icon("plus"), t("add_button"));
    return el("div", { class: "stack tight" }, rows.length > 0 && el("h3", { class: "overline" }, t("buttons")), rows, el("div", {}, more));
  }

  /** Which intent a press means; one that carries values stays as it is. */
  function meaning(button) {
    const name = button.payload.replace(/^\//, "");
    const options = [...new Set([...intents, name])].map((one) => el("option", { value: one }, intentName(one)));
    return el("select", { value: name, "aria-label": t("button_meaning"), onchange: (event) => { button.payload = `/${event.target.value}`; changed(); } }, options);
  }

  function judge(one) {
    const wrong = fault(one.text, placeholders);
    problem(areas.get(one), wrong);
    return !wrong;
  }

  function insert(area, name) {
    area.setRangeText(`{${name}}`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
    area.focus();
  }

  draw();
  return {
    node: place,
    value: () => all.filter((one) => one.text.trim())
      .map((one) => ({ text: one.text.trim(), buttons: one.buttons.filter((button) => button.title.trim()) })),
    check() {
      const wrong = all.find((one) => !judge(one));
      if (wrong) areas.get(wrong).focus();
      return !wrong;
    },
    refuse(words) {
      const area = areas.values().next().value;
      problem(area, words);
      area.focus();
      return false;
    },
  };
}

/** What is wrong with the braces of a text; "" when nothing is. */
function fault(text, placeholders) {
  const rest = text.replaceAll("{{", "").replaceAll("}}", "");
  const used = [...rest.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]);
  if (/[{}]/.test(rest.replace(/\{[^{}]*\}/g, ""))) return t("bad_braces");
  const unknown = used.filter((name) => !placeholders.includes(name));
  if (!unknown.length) return "";
  return t(placeholders.length ? "unknown_value" : "no_values", { unknown: unknown.map((name) => `{${name}}`).join(", "), known: placeholders.map((name) => `{${name}}`).join(", ") });
}

export function valueName(name) {
  const words = t(`value_${name}`);
  return words === `value_${name}` ? name : words;
}
