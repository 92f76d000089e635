/** Choosing a password: a field that can be read while typing, and says how good it is before it is sent. */

import { el, field } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const SHORTEST = 10;
const COMFORTABLE = 16;
const FEWEST_CHARACTERS = 5;

/** `{node, input}`: the field with its button and hint, and the input in it. */
export function passwordField(label, { name = "password", autocomplete = "new-password", rated = true } = {}) {
  const input = el("input", { type: "password", name, autocomplete, required: true, maxlength: 1000 });
  const node = field(label, input, { hint: rated ? t("password_hint", { least: SHORTEST }) : "" });
  const show = el("button", { type: "button", class: "quiet square", "aria-pressed": "false", "aria-label": t("password_show"), title: t("password_show") }, icon("eye"));
  show.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    show.setAttribute("aria-pressed", String(shown));
  });
  const box = el("div", { class: "reveal" });
  input.replaceWith(box);
  box.append(input, show);
  if (rated) input.addEventListener("input", () => rate(input, node.querySelector(".hint")));
  return { node, input };
}

function rate(input, hint) {
  const characters = [...input.value];
  const missing = SHORTEST - characters.length;
  const poor = new Set(characters.map((one) => one.toLowerCase())).size < FEWEST_CHARACTERS;
  const [words, kind] = !characters.length ? [t("password_hint", { least: SHORTEST }), ""]
    : missing > 0 ? [t("password_more", { count: missing }), ""]
    : poor ? [t("password_poor"), "warn"]
    : characters.length < COMFORTABLE ? [t("password_fair"), ""] : [t("password_strong"), "good"];
  hint.textContent = words;
  hint.className = `hint ${kind}`;
}
