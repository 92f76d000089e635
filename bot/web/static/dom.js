/** Building the page without ever parsing text as HTML: what customers write cannot become part of it. */

import { icon } from "./icons.js";

export const $ = (id) => document.getElementById(id);

/** `el("p", {class: "hint", onclick: f, hidden: true}, "text", node, [more])`; null, false and "" are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  // A select knows its value only when its options are there.
  node.append(...wanted(children));
  if (tag === "select" && attributes.value != null) node.value = attributes.value;
  return node;
}

/** Put these children in place of what is there. */
export function fill(place, ...children) {
  place.replaceChildren(...wanted(children));
  return place;
}

const wanted = (children) => children.flat(Infinity).filter((child) => child != null && child !== false && child !== "");

let made = 0;

/** A labelled control with its hint and a place for its error: see `problem`. */
export function field(label, control, { hint = "", quiet = false } = {}) {
  control.id ||= `field-${++made}`;
  const about = `${control.id}-about`;
  control.setAttribute("aria-describedby", about);
  return el("div", { class: "field" },
    el("label", { for: control.id, class: quiet ? "hidden" : "label" }, label),
    control,
    el("div", { id: about }, el("p", { class: "hint" }, hint), el("p", { class: "error", role: "alert" })));
}

/** Say at a control of `field` what is wrong with it, or "" when nothing is any more. */
export function problem(control, text) {
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
  $(`${control.id}-about`).querySelector(".error").textContent = text;
}

/** A button that works once at a time: off, and marked busy, until what it started has ended. */
export function action(label, work, attributes = {}) {
  const button = el("button", { type: "button", ...attributes, onclick: () => busy(button, work) }, label);
  return button;
}

export async function busy(button, work) {
  if (button.disabled) return undefined;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** Nothing to show: an icon, a heading, a sentence and what one can do. */
export const empty = (drawing, title, text = "", ...more) =>
  el("div", { class: "empty" }, icon(drawing), el("strong", {}, title), text && el("p", {}, text), more);

/** Grey bars where `lines` lines will be. */
export const skeleton = (lines = 3) =>
  el("div", { class: "stack", "aria-hidden": "true" }, Array.from({ length: lines }, () => el("span", { class: "skeleton" })));

/** A table that scrolls in its own box, from plain cells or nodes. */
export function table(heads, rows, caption = "") {
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {},
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell ?? "–")))))));
}

/** A link only if it is a web address: a tracking address comes from an import. */
export function link(address, text) {
  if (!/^https?:\/\//i.test(address ?? "")) return document.createTextNode(text);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** The letters that stand for a name: "Ola Nowak" → "ON". */
export const initials = (name) =>
  (name ?? "").split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
