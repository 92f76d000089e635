/** The words of a staff page in Polish and English: shared ones from /static/texts, then the page's own. */

export const LANGUAGES = { pl: "Polski", en: "English" };
const KEPT = "tellonce.language";

let words = {};
let current = "pl";

export const language = () => current;

/** The language this reader chose, or their browser's. */
export const preferred = () =>
  localStorage.getItem(KEPT) ?? (navigator.language.toLowerCase().startsWith("pl") ? "pl" : "en");

/** Take up a language: `folder` holds the page's pl.json and en.json; [data-text] nodes of the page get their words. */
export async function load(wanted, folder) {
  const code = wanted in LANGUAGES ? wanted : "pl";
  const files = ["/static/texts", folder].filter(Boolean).map((place) => fetch(`${place}/${code}.json`).then((file) => file.json()));
  words = Object.assign({}, ...(await Promise.all(files)));
  current = code;
  localStorage.setItem(KEPT, code);
  document.documentElement.lang = code;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}

/**
 * The words for `key`, with {values} filled in. Where a number decides the form, the catalogue has `key_one`,
 * `key_few`, `key_many`, `key_other` (CLDR's names) and `values.count` chooses.
 */
export function t(key, values = {}) {
  const form = "count" in values ? words[`${key}_${new Intl.PluralRules(current).select(values.count)}`] : undefined;
  const text = form ?? words[key] ?? words[`${key}_other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const has = (key) => key in words;

/** A code that the shop may have added to: its words if there are any, otherwise the code itself. */
export const named = (prefix, code) => words[`${prefix}_${code}`] ?? String(code ?? "").replaceAll("_", " ");

export function when(moment) {
  if (!moment) return "";
  const date = new Date(moment);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(current, style).format(date);
}

/** A calendar day, from "2026-06-16" or a moment. */
export function day(date, style = "medium") {
  if (!date) return "";
  return new Intl.DateTimeFormat(current, { dateStyle: style }).format(new Date(date.length === 10 ? `${date}T12:00` : date));
}

/** How long since `moment`, roughly: "3 min", "2 h", "5 days". */
export function since(moment, now = Date.now()) {
  const minutes = Math.max(0, Math.floor((now - new Date(moment)) / 60_000));
  const [amount, unit] = minutes < 60 ? [minutes, "minute"]
    : minutes < 60 * 24 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
  return new Intl.NumberFormat(current, { style: "unit", unit, unitDisplay: "short" }).format(amount);
}

export const number = (value, options = {}) => new Intl.NumberFormat(current, options).format(value);
export const money = (amount) => number(Number(amount), { style: "currency", currency: "PLN" });
export const percent = (share) => (share == null ? "–" : number(share, { style: "percent", maximumFractionDigits: 1 }));
