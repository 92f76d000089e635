/** Building elements without ever parsing text as HTML. Empty attributes and children are left out. */
export function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on")) node[name] = value;
		else if (value != null) node.setAttribute(name, value);
	}
	node.append(...children.flat().filter(Boolean));
	return node;
}

export function button(kind, words, onclick, path) {
	const named = path && { "aria-label": words, title: words };
	return el("button", { class: kind, onclick, ...named }, path ? icon(path) : words);
}

export function icon(path) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const line = document.createElementNS(svg.namespaceURI, "path");
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.ariaHidden = true;
	line.setAttribute("d", path);
	svg.append(line);
	return svg;
}

const LINK = /(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?»”…)])/i;

export function withLinks(text) {
	return text.split(LINK).map((part, at) => (at % 2 ? link(part, part) : part));
}

export function link(address, text) {
	const href = webAddress(address);
	return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}

export function webAddress(address, base) {
	const url = address && URL.canParse(address, base) && new URL(address, base);
	return url && /^https?:$/.test(url.protocol) && url.href;
}
