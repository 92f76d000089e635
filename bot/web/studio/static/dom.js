/** Building elements without ever parsing text as HTML. */

/** `el("p", {class: "note", onclick: f, hidden: true}, "text", node)`; null and false children are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** Put these children in place of what is there; null and false ones are left out. */
export function fill(place, ...children) {
  place.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
}

/** A labelled control; the label is seen unless `quiet`. */
export function field(label, control, { quiet = false } = {}) {
  return el("label", { class: "field" }, el("span", { class: quiet ? "hidden" : "label" }, label), control);
}

/** A table from plain cells or nodes. */
export function table(heads, rows) {
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell ?? "–")))))));
}

/** A button that is off while what it started runs, so that nothing is done twice. */
export function action(label, work, attributes = {}) {
  const button = el("button", { type: "button", ...attributes, onclick: async () => {
    button.disabled = true;
    try { await work(); } finally { button.disabled = false; }
  } }, label);
  return button;
}

export function percent(share, language) {
  if (share == null) return "–";
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

export function moment(iso, language) {
  if (!iso) return "–";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}
