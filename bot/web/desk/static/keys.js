/** Everything by keys. None of them works inside a field, a menu or a dialog. */

import { sheet } from "/static/dialog.js";
import { el } from "/static/dom.js";
import { t } from "/static/texts.js";

const AFTER_G_MS = 1500;

let map = {};
let groups = [];
let waitingForG = 0;

/** `groups` are [title key, [[keys shown, words key, {key: work}]]]: the help sheet and what the keys do, in one. */
export function setUp(wanted) {
  groups = wanted;
  map = Object.assign({}, ...wanted.flatMap(([, lines]) => lines.map(([, , works]) => works)));
  document.addEventListener("keydown", pressed);
}

const busyWith = (target) =>
  target.closest("input, textarea, select, [contenteditable], dialog, [popover]") || document.querySelector("dialog[open], [popover]:popover-open:not(.toasts)");

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
  const digit = event.altKey && /^Digit[1-9]$/.test(event.code) ? event.code.at(-1) : null;
  if (event.altKey && !digit) return;
  // A digit with Alt is no letter to write: it works in the middle of a sentence too.
  if (!digit && busyWith(event.target)) return;
  const name = digit ?? (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const second = Date.now() < waitingForG;
  waitingForG = 0;
  const work = second ? map[`g ${name}`] : map[name];
  if (name === "g" && !second) waitingForG = Date.now() + AFTER_G_MS;
  if (!work) return;
  event.preventDefault();
  work(event);
}

export function help() {
  if (document.querySelector("dialog[open]")) return;
  sheet(t("keys"), el("div", { class: "columns" }, groups.map(([title, lines]) => el("section", { class: "stack tight" },
    el("h3", { class: "overline" }, t(title)),
    el("dl", { class: "keys" }, lines.flatMap(([keys, words]) => [
      el("dt", {}, keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, t(words)),
    ]))))), { wide: true });
}
