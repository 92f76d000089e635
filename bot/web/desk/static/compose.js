/** Writing: a reply or a note with its files; a draft for each conversation; a word when it asks for what is known. */

import * as api from "/static/api.js";
import { $, el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { named, t } from "/static/texts.js";
import { askedFor } from "./asking.js";
import { keptMap } from "./kept.js";

const DRAFTS_KEPT = 200;
const MOST_FILES = 10;
const LONGEST = 4000;

let id = null;
let mine = false;
let known = [];
let drafts = null;
let dismissed = new Set();
let files = []; // {key, name, share, id, problem, upload} of the open draft
let act = {};

const text = () => $("text");
const kind = () => $("compose").querySelector("[name=kind]:checked").value;

/** `acts` is {send(id, message), claim(), jump(messageId)}. */
export function setUp(acts) {
  act = acts;
  addEventListener("paste", (event) => {
    if (id && event.clipboardData?.files.length && !document.querySelector("dialog[open]")) { event.preventDefault(); take(event.clipboardData.files); }
  });
  const pane = document.querySelector(".conversation-pane");
  pane.addEventListener("dragover", (event) => { if (id) { event.preventDefault(); pane.classList.add("dropping"); } });
  pane.addEventListener("dragleave", () => pane.classList.remove("dropping"));
  pane.addEventListener("drop", (event) => {
    if (!id) return;
    event.preventDefault();
    pane.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
}

export function enter() {
  drafts = keptMap("drafts", DRAFTS_KEPT);
  build();
}

function build() {
  const choice = (value, checked) => el("label", { class: "kind" }, el("input", { type: "radio", name: "kind", value, checked, onchange: changed }), t(value === "reply" ? "reply" : "note"));
  const picker = el("input", { type: "file", id: "file", hidden: true, multiple: true, accept: "image/jpeg,image/png,image/gif,image/webp,application/pdf", onchange: (event) => { take(event.target.files); event.target.value = ""; } });
  fill($("compose"), el("form", { id: "compose-form", onsubmit: submit },
    el("div", { class: "row apart" },
      el("fieldset", { class: "kinds", role: "radiogroup", "aria-label": t("kind") }, choice("reply", true), choice("note")),
      el("span", { id: "not-mine", class: "small soft", hidden: true })),
    el("div", { id: "known", class: "known", role: "status" }),
    el("label", { class: "hidden", for: "text" }, t("your_message")),
    el("textarea", { id: "text", rows: "3", maxlength: LONGEST, onkeydown: key, oninput: changed }),
    el("div", { id: "files", class: "row" }),
    el("div", { class: "row" },
      picker,
      el("button", { type: "button", class: "quiet square", title: t("attach"), "aria-label": t("attach"), onclick: () => picker.click() }, icon("clip")),
      el("span", { class: "small soft hint-keys" }, t("enter_sends")),
      el("button", { id: "send", class: "primary push" }, t("send")))));
}

/** Another conversation, with its draft; `null` for none. */
export function open(next) {
  id = next;
  mine = false;
  dismissed = new Set();
  $("compose").hidden = !next;
  if (!next) return;
  const draft = drafts.get(next) ?? {};
  text().value = draft.text ?? "";
  files = (draft.files ?? []).map((file) => ({ ...file, key: file.id, share: 1 }));
  choose(draft.kind ?? "reply");
  drawFiles();
  changed();
}

/** Who may write what: a reply takes the conversation's owner. */
export function allow(mayReply, hint) {
  const taken = mayReply && !mine;
  mine = mayReply;
  const [reply] = $("compose").querySelectorAll("[name=kind]");
  reply.disabled = !mayReply;
  if (!mayReply) choose("note");
  // Only at that moment: whoever chose to write a note must not find it sent to the customer.
  else if (taken && !text().value) choose(drafts.get(id)?.kind ?? "reply");
  $("not-mine").hidden = mayReply;
  fill($("not-mine"), hint);
  dress();
}

export function know(facts) {
  known = facts;
  warn();
}

function choose(value) {
  $("compose").querySelector(`[name=kind][value=${value}]`).checked = true;
  dress();
}

function dress() {
  $("compose").classList.toggle("is-note", kind() === "note");
  text().placeholder = t(kind() === "note" ? "note_placeholder" : "reply_placeholder");
  $("send").textContent = t(kind() === "note" ? "save_note" : "send");
}

/** Begin to write; false when that is not possible. */
export function write(wanted) {
  if (!id || (wanted === "reply" && !mine)) return false;
  choose(wanted);
  changed();
  text().focus();
  return true;
}

/** Put words at the end of the draft. */
export function insert(words) {
  if (!id) return;
  const area = text();
  const before = area.value.trimEnd();
  area.value = before ? `${before}${before.endsWith(":") ? " " : "\n"}${words}` : words;
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  changed();
}

/** A message that could not be sent comes back to be changed. */
export function restore(item) {
  if (item.conversation === id) {
    files.push(...item.files.map((file) => ({ ...file, key: file.id, share: 1 })));
    choose(item.kind === "reply" && mine ? "reply" : "note");
    drawFiles();
    insert(item.text);
  }
}

function changed() {
  dress();
  const done = files.filter((file) => file.id).map(({ id: file, name, type }) => ({ id: file, name, type }));
  drafts.set(id, text().value || done.length ? { text: text().value, kind: kind(), files: done } : undefined);
  warn();
}

function key(event) {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("compose-form").requestSubmit();
  } else if (event.key === "Escape" && !event.isComposing) {
    // Out of the field, so that the keys work again.
    $("transcript").focus({ preventScroll: true });
  }
}

function submit(event) {
  event.preventDefault();
  const words = text().value.trim();
  if (files.some((file) => !file.id && !file.problem)) return; // its bar shows that it is still coming
  const sent = files.filter((file) => file.id).map(({ id: file, name, type }) => ({ id: file, name, type }));
  if (!words && !sent.length) return;
  const message = { text: words, kind: kind(), files: sent };
  text().value = "";
  files = [];
  dismissed = new Set();
  drawFiles();
  changed();
  act.send(id, message);
  if (kind() === "note" && mine) choose("reply");
}

// What is known already

function warn() {
  const asked = kind() === "note" ? [] : askedFor(text().value, known).filter((fact) => !dismissed.has(fact.key));
  const shown = $("known").dataset.shown ?? "";
  const now = asked.map((fact) => `${fact.key} ${fact.value}`).join("\n");
  if (shown === now) return;
  $("known").dataset.shown = now;
  fill($("known"), asked.map((fact) => el("div", { class: "banner warn" },
    icon("info"),
    el("p", {}, t("known_already", { what: named("fact", fact.key) }), " ", el("strong", {}, fact.value), " ",
      fact.message_id ? el("button", { type: "button", class: "link", onclick: () => act.jump(fact.message_id) }, t("see_message")) : null),
    el("span", { class: "row tight push" },
      el("button", { type: "button", class: "compact", onclick: () => { dismissed.add(fact.key); insert(fact.value); } }, t("insert")),
      el("button", { type: "button", class: "compact quiet", onclick: () => { dismissed.add(fact.key); warn(); text().focus(); } }, t("dismiss"))))));
}

// Files

function take(list) {
  for (const file of [...list].slice(0, MOST_FILES - files.length)) start({ key: api.newId(), name: file.name || t("pasted_file"), type: file.type, share: 0, file });
}

function start(item) {
  const conversation = id;
  if (!files.includes(item)) files.push(item);
  Object.assign(item, { problem: null, share: 0 });
  item.upload = api.upload(`desk/conversations/${encodeURIComponent(conversation)}/attachments`, item.file, (share) => {
    item.share = share;
    const bar = $("files").querySelector(`[data-file="${item.key}"] progress`);
    if (bar) bar.value = share;
  });
  item.upload.then(({ id: file }) => { item.id = file; }, (error) => { if (error.code !== "aborted") item.problem = error.message; }).then(() => {
    if (conversation === id) {
      drawFiles();
      changed();
    } else if (item.id) {
      const draft = drafts.get(conversation) ?? { text: "", kind: "reply" };
      drafts.set(conversation, { ...draft, files: [...(draft.files ?? []), { id: item.id, name: item.name, type: item.type }] });
    }
  });
  drawFiles();
}

function drawFiles() {
  fill($("files"), files.map((item) => el("span", { class: `chip ${item.problem ? "bad" : ""}`, "data-file": item.key },
    icon(item.problem ? "alert" : "file"),
    el("span", { class: "one-line", title: item.name }, item.name),
    item.problem ? el("span", { role: "alert" }, item.problem) : null,
    item.problem && item.file ? el("button", { type: "button", class: "link", onclick: () => start(item) }, t("retry")) : null,
    !item.id && !item.problem ? el("progress", { max: "1", value: item.share, "aria-label": t("uploading", { name: item.name }) }) : null,
    el("button", { type: "button", class: "quiet compact square", "aria-label": t("remove_file", { name: item.name }), onclick: () => drop(item) }, icon("cross")))));
}

function drop(item) {
  item.upload?.abort();
  files = files.filter((other) => other !== item);
  drawFiles();
  changed();
}

/** Keep what is written while the words around it are drawn in another language. */
export function translate() {
  const open_ = id;
  const may = mine;
  build();
  open(open_);
  if (open_) allow(may, []);
}
