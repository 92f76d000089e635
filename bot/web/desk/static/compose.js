// Writing: a reply or a note, sent once however often the network makes us try.

import { call, conversation as path, newId } from "./api.js";
import { $ } from "./dom.js";
import { named, t } from "./texts.js";

let asking = {};
let facts = [];
let draft = { id: newId(), of: "" };

// Words that ask for a fact, in the languages customers are written to.
export async function loadAsking() {
  asking = await (await fetch("/desk/static/texts/asking.json")).json();
}

export function know(known) {
  facts = known;
  warn();
}

// An answer the customer has given already is shown before it is asked for again.
function warn() {
  const text = $("text").value.toLowerCase();
  const asked = text.includes("?") || /\b(podaj|prosz|please)/.test(text);
  const known = asked ? facts.filter((fact) => (asking[fact.key] ?? []).some((word) => text.includes(word))) : [];
  $("known").textContent = known.map((fact) => t("known_already", { what: named("fact", fact.key), value: fact.value })).join(" ");
}

export function useDraft(text) {
  const area = $("text");
  area.value = area.value ? `${area.value.trimEnd()}\n${text}` : text;
  area.focus();
  warn();
}

export function allow(mayReply) {
  const [reply, note] = $("compose").elements.namedItem("kind");
  reply.disabled = !mayReply;
  if (!mayReply) note.checked = true;
  else if (!$("text").value) reply.checked = true;
}

// `sent(id)` is called once the message is stored; `failed(error)` leaves the text where it is.
export function setUp(openId, sent, failed) {
  const form = $("compose");
  $("text").addEventListener("input", warn);
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const id = openId();
    const text = $("text").value.trim();
    const kind = new FormData(form).get("kind");
    if (!text || !id || form.ariaBusy === "true") return;
    // The same words to the same conversation are the same message, until they are known to have arrived.
    const of = JSON.stringify([id, kind, text]);
    if (draft.of !== of) draft = { id: newId(), of };
    form.ariaBusy = "true";
    try {
      await call("POST", path(id, "messages"), { text, kind, client_id: draft.id });
      draft = { id: newId(), of: "" };
      $("text").value = "";
      warn();
      await sent(id);
    } catch (error) {
      failed(error);
    } finally {
      form.ariaBusy = "false";
    }
  });
}
