/** Two saved the same thing: what they changed, what I changed, and whose stays. */

import { el } from "/static/dom.js";
import { sheet } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { t, when } from "/static/texts.js";

const PARTS = ["examples", "variants", "answer", "title"];

/**
 * `base` is what both began with, `mine` what could not be saved, `details` the refusal's: `current` and `last`.
 * Resolves with the parts to save with their version, with {drop: true} to take theirs, or null to go on editing.
 */
export function settle(base, mine, { current, last }) {
  const parts = PARTS.filter((part) => part in current && part in mine);
  const theirs = parts.flatMap((part) => changes(base[part], current[part]));
  const ours = parts.flatMap((part) => changes(base[part], mine[part]));
  const all = (choose) => ({ ...Object.fromEntries(parts.map((part) => [part, choose(part)])), version: current.version });
  return new Promise((resolve) => {
    let answer = null;
    const choose = (value) => () => { answer = value; dialog.close(); };
    const dialog = sheet(t("conflict_title"), el("div", { class: "stack" },
      el("p", {}, last?.by ? t("conflict_text", { name: last.by, when: when(last.at) }) : t("conflict_outside")),
      el("div", { class: "columns" },
        side(t("conflict_theirs"), theirs), side(t("conflict_mine"), ours)),
      el("div", { class: "actions" },
        el("button", { type: "button", class: "quiet", onclick: choose({ drop: true }) }, t("take_theirs")),
        el("button", { type: "button", onclick: choose(all((part) => mine[part])) }, t("take_mine")),
        el("button", { type: "button", class: "primary", onclick: choose(all((part) => merge(base[part], mine[part], current[part]))) }, icon("check"), t("take_both")))),
    { wide: true, closed: () => resolve(answer) });
    dialog.querySelector(".primary").focus();
  });
}

function side(title, changed) {
  return el("section", { class: "card stack tight" }, el("h3", {}, title),
    changed.length ? el("ul", { class: "diff" }, changed.map(({ op, text }) =>
      el("li", { class: op === "+" ? "added" : "removed" }, el("span", { "aria-label": t(op === "+" ? "added" : "removed") }, op), text)))
      : el("p", { class: "soft" }, t("no_changes")));
}

const key = (one) => (typeof one === "string" ? one : JSON.stringify([one.text, one.buttons ?? []]));
const words = (one) => (typeof one === "string" ? one : [one.text, ...(one.buttons ?? []).map((button) => `[${button.title}]`)].join(" "));
const languages = (...sides) => [...new Set(sides.flatMap((side) => Object.keys(side ?? {})))];

function changes(before, after) {
  return languages(before, after).flatMap((language) => {
    const [old, now] = [before?.[language] ?? [], after?.[language] ?? []];
    const without = (list, other) => list.filter((one) => !other.some((another) => key(another) === key(one)));
    return [...without(old, now).map((one) => ({ op: "-", text: words(one) })), ...without(now, old).map((one) => ({ op: "+", text: words(one) }))];
  });
}

/** Theirs, without what I removed and with what I added. */
function merge(base, mine, theirs) {
  return Object.fromEntries(languages(mine, theirs).map((language) => {
    const [old, my, their] = [base, mine, theirs].map((side) => side?.[language] ?? []);
    const has = (list, one) => list.some((another) => key(another) === key(one));
    const kept = their.filter((one) => !has(old, one) || has(my, one));
    return [language, [...kept, ...my.filter((one) => !has(old, one) && !has(kept, one))]];
  }));
}
