/** Does a draft ask the customer for something that is known already? */

let rules = { asks: [], about: {} };

/** The words that ask, and what they ask for: asking.json, patterns on text without case and accents. */
export async function load() {
  const file = await (await fetch("/desk/static/asking.json")).json();
  const patterns = (list) => list.map((pattern) => new RegExp(pattern, "u"));
  rules = { asks: patterns(file.asks), about: Object.entries(file.about).map(([key, list]) => [key, patterns(list)]) };
}

export const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");

const digits = (text) => text.replace(/\D/g, "");

/** Of the `known` ({key, value, …}) those that `draft` asks for without naming them. */
export function askedFor(draft, known) {
  const text = fold(draft);
  const asking = text.split(/(?<=[?!.])\s+|\n/u).filter((sentence) => rules.asks.some((pattern) => pattern.test(sentence)));
  if (!asking.length) return [];
  const keys = rules.about.filter(([, patterns]) => asking.some((sentence) => patterns.some((pattern) => pattern.test(sentence)))).map(([key]) => key);
  // A draft that names the value asks for a yes, not for the value.
  const named = ({ value }) => text.includes(fold(value)) || (digits(value).length > 6 && digits(draft).includes(digits(value).slice(-9)));
  return known.filter((fact) => keys.includes(fact.key) && !named(fact));
}

/** What an agent may know of a customer, whichever part of the context it comes from: each thing once. */
export function knownFrom(context) {
  const { customer, facts, orders } = context;
  const known = facts.map((fact) => ({ key: fact.key, value: fact.value, message_id: fact.message_id }));
  const add = (key, value) => value && !known.some((fact) => fact.key === key) && known.push({ key, value });
  add("email", customer.email);
  add("phone", customer.phone);
  add("name", customer.name);
  if (orders.length === 1) add("order_number", orders[0].number);
  const [order] = orders;
  if (order?.address) add("address", [order.recipient, order.address].filter(Boolean).join(", "));
  const sizes = [...new Set((order?.items ?? []).map((item) => item.size).filter(Boolean))];
  if (sizes.length === 1) add("size", sizes[0]);
  return known;
}
