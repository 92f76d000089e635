/** Which key does what, in the groups of the help sheet. */

import { insertable } from "./context.js";

const TABS = { w: "waiting", m: "mine", a: "all", r: "resolved" };

export function bindings({ queue, search, one, compose, actions, help }) {
  const step = (by) => (search.isOpen() ? search.step(by) : queue.step(by));
  const views = Object.entries(TABS).map(([key, view]) => [`g ${key}`, `view_${view}`, { [`g ${key}`]: () => { search.close(); one.pane("queue"); queue.choose(view); } }]);
  const act = (key, name) => [key, name, { [key]: () => actions.perform(name) }];
  const digits = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [String(index + 1), () => {
    const item = insertable(one.context())[index];
    if (item) compose.insert(item.text);
  }]));
  return [
    ["keys_queue", [
      ["j k", "key_step", { j: () => step(1), k: () => step(-1) }],
      ["Enter", "key_open", {}],
      ...views,
      ["/", "key_search", { "/": search.focus }],
    ]],
    ["keys_conversation", [
      act("c", "claim"), act("t", "transfer"), act("s", "snooze"), act("b", "return"), act("e", "resolve"),
      ["u", "key_back", { u: one.backToQueue }],
      ["i", "key_context", { i: one.toggleContext }],
    ]],
    ["keys_writing", [
      ["r", "key_reply", { r: () => compose.write("reply") }],
      ["n", "key_note", { n: () => compose.write("note") }],
      ["1 9", "key_insert", digits],
      ["Alt+1 Alt+9", "key_insert_writing", {}],
      ["Enter", "key_send", {}],
      ["Esc", "key_leave", { Escape: () => document.activeElement?.blur() }],
      ["?", "key_help", { "?": help }],
    ]],
  ];
}
