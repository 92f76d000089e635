/** Foldable parts of the context; which ones are folded is remembered. */

import { el } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { keep, recall } from "./kept.js";

/** `folded` is how it is until the reader decides; `note` stands beside the title: a number, a warning. */
export function section(name, title, content, { note = null, folded = false } = {}) {
  const known = recall("sections", {});
  const details = el("details", { class: "section", "data-section": name, open: !(known[name] ?? folded) },
    el("summary", {}, icon("chevron_right"), el("h3", { class: "overline" }, title), note),
    el("div", { class: "section-body stack tight" }, content));
  details.addEventListener("toggle", () => {
    const now = recall("sections", {});
    if ((now[name] ?? folded) !== !details.open) keep("sections", { ...now, [name]: !details.open });
  });
  return details;
}

/** Name and value, without those that have none. */
export const pairs = (rows) =>
  el("dl", { class: "pairs" }, rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
