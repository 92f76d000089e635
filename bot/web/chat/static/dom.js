/** Building elements without ever parsing text as HTML. */

/** `el("p", {class: "note", onclick: f, hidden: true}, "text", node)`; `null` children are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** A line drawing on a 24 × 24 grid; its words are on the button around it. */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const LINK = /https?:\/\/[^\s<>"]+/gi;

/** The text, with its http(s) addresses as links. */
export function withLinks(text) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = withoutTail(match[0]);
    parts.append(text.slice(end, match.index), link(address, address));
    end = match.index + address.length;
  }
  parts.append(text.slice(end));
  return parts;
}

/** A link that opens beside the page; anything but http(s) stays text. */
export function link(address, ...children) {
  const href = webAddress(address);
  if (!href) return el("span", {}, ...children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** The absolute address if it is http or https, else null. */
export function webAddress(address, base) {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** The full stop after an address belongs to the sentence, and so does a bracket it did not open. */
function withoutTail(address) {
  const bare = address.replace(/[.,;:!?'"»”…]+$/, "");
  return bare.endsWith(")") && !bare.includes("(") ? withoutTail(bare.slice(0, -1)) : bare;
}
