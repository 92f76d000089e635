/** Short messages in the corner: what was done, what went wrong, and perhaps one thing to do about it. */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const SHOWN_MS = 6000;
const MOST = 4;

/** `kind` is "" or "bad"; `undo` is {label, work}. A bad one stays until it is closed. */
export function toast(text, { kind = "", undo = null } = {}) {
  const close = () => one.remove();
  const one = el("div", { class: `toast ${kind}` },
    icon(kind === "bad" ? "alert" : "check"),
    el("p", {}, text),
    undo && el("button", { type: "button", onclick: () => { close(); undo.work(); } }, undo.label),
    el("button", { type: "button", "aria-label": t("close"), onclick: close }, icon("cross")));
  const place = region();
  place.append(one);
  while (place.children.length > MOST) place.firstChild.remove();
  // A popover shown again is on top of a dialog opened since.
  place.hidePopover();
  place.showPopover();
  if (kind !== "bad") fades(one);
  return close;
}

/** Do `work`; when it throws, say why in a toast and give undefined. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!("code" in error)) throw error;
    toast(error.message, { kind: "bad" });
    return undefined;
  }
}

function fades(one) {
  let timer;
  const start = () => { timer = setTimeout(() => one.remove(), SHOWN_MS); };
  // Nobody is hurried who reads it or is about to press its button.
  for (const event of ["mouseenter", "focusin"]) one.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["mouseleave", "focusout"]) one.addEventListener(event, start);
  start();
}

function region() {
  const found = document.querySelector(".toasts");
  if (found) return found;
  const made = el("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });
  document.body.append(made);
  return fill(made);
}
