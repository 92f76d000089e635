/** The admin API below /api/studio/, whose refusals come with words that say what to do. */

import * as api from "/static/api.js";
import { has, t } from "/static/texts.js";
import { intentName } from "./names.js";

const calls = ["get", "post", "put", "remove"].map((method) => [method, async (path, body) => {
  try {
    return await api[method](`studio/${path}`, body);
  } catch (error) {
    error.message = explain(error.details ?? {}) ?? error.message;
    throw error;
  }
}]);

export const { get, post, put, remove } = Object.fromEntries(calls);

/** Words for {"reason", …} of the gateway; undefined where the studio has none. */
export function explain(details) {
  const key = `reason_${details.reason}`;
  if (!has(key)) return undefined;
  const written = (value) => (Array.isArray(value) ? value.join(", ") : value);
  const values = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, written(value)]));
  return t(key, { ...values, intent: details.intent ? intentName(details.intent) : details.response });
}
