/** What became of the project's files: every save with its lines, and the way back. */

import { action, el, empty, fill, skeleton } from "/static/dom.js";
import { sheet, sure } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { day, t, when } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { get, post } from "./api.js";
import { head } from "./list.js";
import { code, fileName, intentName, intents } from "./names.js";

const PAGE = 50;

export async function show(place, studio, subject) {
  await intents();
  const rows = el("ol", { class: "versions" });
  const more = el("div", {});
  let last = "";
  const load = async (before) => {
    const query = new URLSearchParams({ ...(before && { before }), ...(subject && { subject }) });
    const { versions } = await get(`history?${query}`);
    for (const version of versions) {
      const date = day(version.at);
      if (date !== last) rows.append(el("li", { class: "day" }, el("h2", { class: "overline" }, date)));
      last = date;
      rows.append(row(studio, version));
    }
    fill(more, versions.length === PAGE && action(t("show_more"), () => attempt(() => load(versions.at(-1).id))));
    return versions.length;
  };
  fill(place, head(subject ? t("history_of", { name: subjectName(subject) }) : t("tab_history"), {
    about: t("history_about"),
    actions: [subject && el("a", { class: "button", href: "#history" }, t("all_history"))],
  }), rows, more);
  if (!(await load())) fill(more, empty("history", t("no_history"), t("no_history_text")));
}

function row(studio, version) {
  const place = el("div", { class: "stack" });
  const open = el("details", {},
    el("summary", {},
      el("span", { class: `avatar ${version.by ? "" : "outside"}`, "aria-hidden": "true" }, icon(version.kind === "undone" ? "undo" : version.by ? "edit" : "file")),
      el("span", { class: "version-text" },
        el("strong", {}, what(version)), version.subject && code(version.subject),
        el("span", { class: "soft small" }, version.kind !== "first" && `${version.by ?? t("somebody_outside")} · `, when(version.at))),
      version.files.length > 0 && el("span", { class: "row tight small number" },
        el("span", { class: "good" }, `+${sum(version, "added")}`), el("span", { class: "bad" }, `−${sum(version, "removed")}`))),
    place);
  open.addEventListener("toggle", async () => {
    if (!open.open || place.children.length) return;
    fill(place, skeleton(3));
    const shown = await attempt(() => get(`history/${version.id}`));
    if (!shown) return fill(place);
    fill(place, shown.changes.length ? differences(shown.changes) : el("p", { class: "soft" }, t("first_text")),
      version.kind !== "first" && el("div", {}, action([icon("undo"), t("undo_version")], () => undoVersion(studio, version))));
  });
  return el("li", { class: "card" }, open);
}

async function undoVersion(studio, version) {
  const left = studio.leaving.signal;
  const meant = await sure({ title: t("undo_version"), text: t("undo_text", { what: what(version) }), confirm: t("undo_version") });
  if (!meant) return;
  try {
    await post(`history/${version.id}/undo`);
    toast(t("undone"));
    if (!left.aborted) studio.reload();
  } catch (error) {
    if (error.details?.reason !== "changed_since") return toast(error.message, { kind: "bad" });
    sheet(t("undo_clash"), el("div", { class: "stack" }, el("p", {}, t("undo_clash_text")), differences(error.details.files)), { wide: true });
  }
}

/** Changed lines, file by file. */
export function differences(changes) {
  return changes.map(({ path, hunks }) => el("section", { class: "stack tight" },
    el("h3", { class: "small" }, fileName(path), " ", code(path)),
    el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": fileName(path) },
      hunks.map((hunk, index) => [index > 0 && el("p", { class: "gap" }, "⋯"), hunk.map(line)]))));
}

function line({ op, text, line: number }) {
  const kind = { "+": "added", "-": "removed" }[op];
  return el("p", { class: kind ?? "same" },
    el("span", { class: "line-number", "aria-hidden": "true" }, String(number)),
    el("span", { "aria-label": kind ? t(kind) : null, role: kind ? "img" : null }, op === "-" ? "−" : op), el("span", {}, text));
}

const sum = (version, key) => version.files.reduce((total, file) => total + file[key], 0);
const subjectName = (subject) => (subject.startsWith("utter_") ? subject : intentName(subject));
const what = (version) => t(`version_${version.kind}`, { name: version.subject ? subjectName(version.subject) : "" });

/** Who touched it last, with the way to its history. */
export function lastChange(last, subject) {
  if (!last) return null;
  return el("p", { class: "soft small" }, t("last_change", { name: last.by ?? t("somebody_outside"), when: when(last.at) }), " ",
    el("a", { href: `#history/${encodeURIComponent(subject)}` }, t("show_history")));
}
