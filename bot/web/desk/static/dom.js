// Building the page. Text goes in as text, never as markup: what customers write cannot become part of the page.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

// Only web addresses become links: a tracking address comes from an import.
export function link(address, text) {
  const safe = /^https?:\/\//i.test(address ?? "");
  return safe ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text) : document.createTextNode(text);
}
