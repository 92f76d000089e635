// One question to the agent at a time: a title, a few fields, yes or no.

import { $, el, fill } from "./dom.js";
import { t } from "./texts.js";

// Resolves with {name: value} of the fields, or null when it was cancelled.
export function ask(title, fields, confirm) {
  const dialog = $("dialog");
  return new Promise((resolve) => {
    const form = el("form", { method: "dialog" },
      el("h2", { id: "dialog-title" }, title),
      fields.map(field),
      el("div", { class: "row" },
        el("button", { type: "button", onclick: () => dialog.close() }, t("cancel")),
        el("button", { class: "primary" }, confirm)));
    let answer = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer = Object.fromEntries(new FormData(form));
      dialog.close();
    });
    dialog.onclose = () => { fill(dialog); resolve(answer); };
    fill(dialog, form);
    dialog.showModal();
  });
}

function field(wanted) {
  const id = `field-${wanted.name}`;
  return el("div", { class: "field" }, el("label", { for: id }, wanted.label), control(id, wanted));
}

function control(id, { name, kind, options, value, required }) {
  if (kind === "select") {
    return el("select", { id, name, required }, options.map(([code, text]) => el("option", { value: String(code) }, text)));
  }
  if (kind === "text") return el("textarea", { id, name, rows: "3", maxlength: "4000", required });
  return el("input", { id, name, type: kind, value, required });
}
