/** A text as customers see it: the chat's own rendering, in a shadow root of its own. */

import { el } from "/static/dom.js";
import { t } from "/static/texts.js";

const CHAT = "/chat/static";
const catalogues = {};

/** The studio's words in that language: an English text shows English samples, whatever the page speaks. */
const wordsOf = (language) => (catalogues[language] ??= fetch(`/studio/static/texts/${language}.json`).then((file) => file.json(), () => ({})));

/** {node, draw(variants)}; values are shown by an example of each. */
export function preview(language) {
  const holder = el("div", { class: "preview", inert: true });
  const root = holder.attachShadow({ mode: "open" });
  const place = el("div", { class: "log" });
  root.append(
    ...[`${CHAT}/launcher.css`, `${CHAT}/chat.css`, "/studio/static/preview.css"].map((href) => el("link", { rel: "stylesheet", href })),
    place);
  let last = 0;

  const node = el("div", { class: "stack tight", hidden: true }, el("h3", { class: "overline" }, t("as_customers_see")), holder);

  async function draw(variants) {
    last += 1;
    const mine = last;
    const words = await wordsOf(language);
    const nodes = await rendered(variants.map((variant) => message(variant, words)), language);
    if (mine !== last) return;
    place.replaceChildren(...nodes);
    node.hidden = !nodes.length;
  }
  return { node, draw };
}

function message({ text, buttons = [] }, words) {
  const filled = (written) => withSamples(written, words);
  return {
    id: 0, sender: "bot", text: filled(text), cards: [], attachments: [], at: new Date().toISOString(),
    buttons: buttons.map((button, index) => ({ id: String(index), title: filled(button.title) })),
  };
}

/** `{number}` → an order number, as in a real conversation. */
const withSamples = (text, words) => text
  .replace(/(?<!\{)\{(\w+)\}(?!\})/g, (whole, name) => words[`sample_${name}`] ?? `[${name}]`)
  .replaceAll("{{", "{").replaceAll("}}", "}");

async function rendered(messages, language) {
  try {
    const { render } = await import(`${CHAT}/messages.js`);
    const chat = { t: () => "", language, gateway: location.origin, press: () => {}, resend: () => {}, drop: () => {}, tell: () => {}, grown: () => {} };
    return messages.map((one) => render(one, chat));
  } catch {
    return messages.map((one) => el("p", { class: "message bot" }, one.text));
  }
}
