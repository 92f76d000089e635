/** What things are called for people: intents, files, kinds of values. Codes stay beside them. */

import { el } from "/static/dom.js";
import { has, language, t } from "/static/texts.js";
import { get } from "./api.js";

let listed = null;

/** The intents of the project, asked for once; `fresh` after a save. */
export async function intents(fresh = false) {
  if (!listed || fresh) listed = await get("intents");
  return listed.intents;
}

/** Kinds of values an example may mark. */
export const entities = () => listed?.entities ?? [];

/** What an intent is called: our words, an admin's title, or its code. */
export function intentName(name) {
  if (has(`intent_${name}`)) return t(`intent_${name}`);
  const title = listed?.intents.find((intent) => intent.name === name)?.title ?? {};
  return title[language()] ?? title.pl ?? title.en ?? String(name ?? "–");
}

/** One sentence about an intent; "" for one an admin added. */
export const intentAbout = (name) => (has(`about_${name}`) ? t(`about_${name}`) : "");

export const intentLink = (name) => el("a", { href: `#intents/${encodeURIComponent(name)}` }, intentName(name));

export const code = (name) => el("code", { class: "soft small" }, name);

/** "Examples in Polish: orders" of data/nlu/pl/orders.yml. */
export function fileName(path) {
  const [, kind, ...rest] = path.split("/");
  const topic = topicName(rest.at(-1)?.replace(/\.yml$/, "") ?? "");
  if (kind === "nlu" && rest.length > 1) return t("file_nlu", { language: t(`in_${rest[0]}`), topic });
  if (kind === "responses" || kind === "rules") return t(`file_${kind}`, { topic });
  return path === "domain.yml" ? t("file_domain") : path;
}

export const topicName = (topic) => (has(`topic_${topic}`) ? t(`topic_${topic}`) : topic);

/** A sentence for each of the warnings the gateway gives about a whole intent; near ones are told at their sentence. */
export function warningText({ kind, lang, count }) {
  return t(`warn_${kind}`, { language: lang ? t(`in_${lang}`) : "", count: count ?? 0 });
}
