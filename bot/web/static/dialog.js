/** Dialogs: one question with a few fields, or a sheet of anything. The browser keeps the focus inside and returns it. */

import { el, field, problem } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

/**
 * Ask; resolves with {name: value} of the fields, or null when it was cancelled.
 *
 * `fields` are {name, label, kind, value, options, required, hint, most}: kind is an input's type, "select" (options
 * [[code, text]]) or "text" for several lines. `work(values)` may do the thing while the dialog is open: what it throws
 * is shown there (at the field its `details.field` names) and nothing typed is lost.
 */
export function ask({ title, text = "", fields = [], confirm = t("ok"), danger = false, work = null }) {
  const controls = Object.fromEntries(fields.map((wanted) => [wanted.name, control(wanted)]));
  const error = el("p", { class: "error", role: "alert" });
  const submit = el("button", { class: danger ? "danger" : "primary" }, confirm);
  return new Promise((resolve) => {
    let answer = null;
    const form = el("form", { method: "dialog", novalidate: !fields.length },
      el("h2", { id: "dialog-title" }, title),
      text && el("p", { class: "as-written" }, text),
      fields.map((wanted) => field(wanted.label, controls[wanted.name], { hint: wanted.hint })),
      error,
      el("div", { class: "actions" },
        el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, t("cancel")),
        submit));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      const values = Object.fromEntries(new FormData(form));
      for (const one of Object.values(controls)) problem(one, "");
      error.textContent = "";
      try {
        answer = (await work?.(values)) ?? values;
        dialog.close();
      } catch (refused) {
        answer = null;
        const place = controls[refused.details?.field];
        if (place) problem(place, refused.message);
        else error.textContent = refused.message;
        (place ?? submit).focus();
      } finally {
        submit.disabled = false;
      }
    });
    const dialog = show(form, () => resolve(answer));
  });
}

/** A yes-or-no question; resolves with true or false. */
export const sure = async (question) => Boolean(await ask(question));

/** A dialog with a title, a close button and any content; returns it, to be closed. */
export function sheet(title, content, { wide = false, closed = () => {} } = {}) {
  const dialog = show(el("div", { class: "sheet" },
    el("div", { class: "row apart" },
      el("h2", { id: "dialog-title" }, title),
      el("button", { type: "button", class: "quiet square", "aria-label": t("close"), title: t("close"), onclick: () => dialog.close() }, icon("cross"))),
    content), closed);
  dialog.classList.toggle("wide", wide);
  return dialog;
}

function show(content, closed) {
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, content);
  dialog.addEventListener("close", () => { dialog.remove(); closed(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function control({ name, kind = "text-line", value, options, required, most, autocomplete }) {
  if (kind === "select") {
    return el("select", { name, required, value }, options.map(([code, text]) => el("option", { value: String(code) }, text)));
  }
  if (kind === "text") return el("textarea", { name, rows: "4", maxlength: most ?? 4000, required, value });
  return el("input", { name, type: kind === "text-line" ? "text" : kind, value, required, maxlength: most, autocomplete });
}
