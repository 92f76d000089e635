// The page's own words, in Polish and English, and dates as people write them.

let words = {};
let current = "pl";

export const language = () => current;

export async function load(wanted) {
  const answer = await fetch(`/desk/static/texts/${wanted}.json`);
  words = await answer.json();
  current = wanted;
  document.documentElement.lang = wanted;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
}

export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// A code that the shop may have added to: its word if there is one, otherwise the code itself.
export const named = (prefix, code) => words[`${prefix}_${code}`] ?? String(code ?? "").replaceAll("_", " ");

export function when(moment) {
  if (!moment) return "";
  const date = new Date(moment);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(current, style).format(date);
}

export function day(date) {
  return date ? new Intl.DateTimeFormat(current, { dateStyle: "medium" }).format(new Date(`${date}T12:00`)) : "";
}

export function money(amount) {
  return new Intl.NumberFormat(current, { style: "currency", currency: "PLN" }).format(Number(amount));
}
