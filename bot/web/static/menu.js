/** A menu under a button: the browser's popover, with the arrow keys a menu is expected to have. */

import { el } from "./dom.js";

const GAP = 4;
const EDGE = 8;
let made = 0;

/** Make `button` open a menu; `items()` gives its buttons and links (anything from `el`) anew each time it opens. */
export function menu(button, items) {
  const list = el("div", { id: `menu-${++made}`, class: "menu", popover: "auto", role: "menu" });
  button.setAttribute("popovertarget", list.id);
  button.setAttribute("aria-haspopup", "menu");
  button.after(list);
  list.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    list.replaceChildren(...items().filter(Boolean));
    for (const item of list.children) item.setAttribute("role", "menuitem");
  });
  list.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open") return;
    place(list, button);
    list.firstElementChild?.focus();
  });
  list.addEventListener("click", (event) => event.target.closest("[role=menuitem]") && list.hidePopover());
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  return list;
}

/** Below the button and inside the window, or above where there is no room below. */
function place(list, button) {
  const from = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const left = Math.min(Math.max(EDGE, from.left), innerWidth - width - EDGE);
  const below = from.bottom + GAP;
  const top = below + height < innerHeight - EDGE ? below : Math.max(EDGE, from.top - GAP - height);
  list.style.left = `${left}px`;
  list.style.top = `${top}px`;
}
