/** One intent: its examples in both languages side by side, and of an admin's own also its name and answer. */

import { action, el, fill } from "/static/dom.js";
import { ask, sheet, sure } from "/static/dialog.js";
import { icon } from "/static/icons.js";
import { menu } from "/static/menu.js";
import { t } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";
import { post, put, remove } from "./api.js";
import { settle } from "./conflict.js";
import { answerCard, nameCard } from "./answer.js";
import { lastChange } from "./history.js";
import { back, head } from "./list.js";
import { intentAbout, intentName, intents, warningText } from "./names.js";
import { pasteMany } from "./paste.js";
import { sentences } from "./sentences.js";

export const LANGUAGES = ["pl", "en"];
const PAUSE_MS = 300;
const UNCHECKED = "new_intent"; // a name for the check of an intent that has none yet

/** Show and edit `intent` (as the gateway gives it) in `place`; `all` are the listed ones. */
export function editIntent(place, studio, intent, all) {
  const model = modelOf(intent, changed);
  const own = !intent.built_in;
  const naming = own ? nameCard(intent, all, () => touched()) : null;
  const answer = own ? answerCard(intent, () => touched()) : null;
  const tools = {
    move: (language, one) => moveExample(model, language, one, all),
    paste: (language) => pasteMany(model, language, nameNow()),
  };
  const lists = Object.fromEntries(LANGUAGES.map((language) => [language, sentences(language, model, tools)]));
  const warnings = el("div", { class: "warnings", "aria-live": "polite" });
  const saving = action([icon("check"), t("save")], save, { class: "primary", "data-save": true });
  const undo = el("button", { type: "button", class: "quiet", "data-undo": true, onclick: () => model.undo() }, icon("undo"), t("undo"));
  const draft = el("span", { class: "badge info", hidden: true }, t("unsaved"));
  const left = studio.leaving.signal;
  let timer;

  const nameNow = () => intent.name || naming?.name() || UNCHECKED;

  function touched() {
    studio.unsaved = save;
    draft.hidden = saving.hidden = false;
    saving.disabled = false;
    undo.disabled = !model.undoable();
  }

  function changed() {
    touched();
    for (const language of LANGUAGES) lists[language].draw();
    judgeSoon();
  }

  function judgeSoon() {
    clearTimeout(timer);
    timer = setTimeout(judge, PAUSE_MS);
  }
  model.typed = judgeSoon;

  /** Ask what is to be said of everything here, typed sentences too. */
  async function judge() {
    const examples = Object.fromEntries(LANGUAGES.map((language) => [
      language, [...new Set([...model.texts(language), lists[language].pending()])].filter(Boolean),
    ]));
    const said = await post(`intents/${nameNow()}/check`, { examples }).catch(() => null);
    if (said && !left.aborted) told(said);
  }

  function told(said) {
    const whole = said.warnings.filter((one) => one.kind !== "near");
    fill(warnings, whole.map((one) => el("p", { class: "banner warn" }, icon("alert"), warningText(one))),
      !intent.isNew && own && !answer.texts().pl.length && el("p", { class: "banner warn" }, icon("alert"), t("no_answer_long")));
    for (const language of LANGUAGES) lists[language].judge(said);
  }

  async function save() {
    if (naming && !naming.check()) return undefined;
    if (answer && !answer.check()) return undefined;
    for (const language of LANGUAGES) if (lists[language].pending()) lists[language].node.querySelector("form").requestSubmit();
    const body = { examples: model.examples(), moves: model.moves, version: intent.version };
    if (own) Object.assign(body, { answer: answer.texts(), title: naming.titles() });
    return attempt(() => store(nameNow(), body));
  }

  async function store(name, body) {
    try {
      await put(`intents/${encodeURIComponent(name)}`, body);
    } catch (error) {
      if (error.details.reason !== "changed_meanwhile") throw error;
      const settled = await settle(intent, body, error.details);
      if (!settled) return undefined;
      if (settled.drop) return leave(name);
      return store(name, { ...body, ...settled });
    }
    await leave(name);
    return toast(t("saved_train"), { undo: { label: t("go_train"), work: () => { location.hash = "#training"; } } });
  }

  /** Show what was saved, unless the admin has gone elsewhere meanwhile. */
  async function leave(name) {
    if (left.aborted) return;
    studio.unsaved = null;
    await intents(true);
    if (left.aborted) return;
    const there = `#intents/${encodeURIComponent(name)}`;
    if (location.hash === there) studio.reload();
    else location.hash = there;
  }

  const title = intent.isNew ? t("new_intent") : intentName(intent.name);
  fill(place,
    back("#intents", t("tab_intents")),
    head(title, {
      code: intent.name,
      about: intent.isNew ? t("new_intent_about") : intentAbout(intent.name) || t("own_intent_about"),
      badges: [el("span", { class: "badge" }, t(own ? "own_intent" : "built_in")), draft],
      actions: [undo, saving, !intent.isNew && more(studio, intent)],
    }),
    lastChange(intent.last, intent.name),
    naming?.node, answer?.node, warnings,
    el("div", { class: "columns" }, LANGUAGES.map((language) => lists[language].node)),
    annotationHelp());
  saving.disabled = undo.disabled = true;
  for (const language of LANGUAGES) lists[language].draw();
  if (intent.isNew) naming.focus();
  else told({ problems: [], warnings: intent.warnings });
}

/** The examples being edited, with a way back through every step. */
function modelOf(intent, changed) {
  let lists = Object.fromEntries(LANGUAGES.map((language) => [language, (intent.examples[language] ?? []).map((text) => ({ text }))]));
  const steps = [];
  const copy = (from) => Object.fromEntries(LANGUAGES.map((language) => [language, from[language].map((one) => ({ ...one }))]));
  return {
    name: intent.name,
    moves: [],
    typed: () => {},
    list: (language) => lists[language],
    texts: (language) => lists[language].map((one) => one.text),
    /** Added ones are shown on top, where they were typed; in the file they come last. */
    examples: () => Object.fromEntries(LANGUAGES.map((language) => {
      const added = lists[language].filter((one) => one.added).reverse();
      return [language, [...lists[language].filter((one) => !one.added), ...added].map((one) => one.text)];
    })),
    undoable: () => steps.length > 0,
    change(work, moved = null) {
      steps.push({ lists: copy(lists), moves: [...this.moves] });
      work(lists);
      if (moved) this.moves.push(moved);
      changed();
    },
    undo() {
      const step = steps.pop();
      if (!step) return;
      lists = step.lists;
      this.moves = step.moves;
      changed();
    },
  };
}

async function moveExample(model, language, one, all) {
  const options = all.filter((intent) => intent.name !== model.name).map((intent) => [intent.name, intentName(intent.name)]);
  options.sort((a, b) => a[1].localeCompare(b[1]));
  const answer = await ask({
    title: t("move_title"), text: one.text, confirm: t("move"),
    fields: [{ name: "to", label: t("move_to"), kind: "select", options, hint: t("move_hint") }],
  });
  if (!answer) return;
  model.change((lists) => { lists[language] = lists[language].filter((other) => other.text !== one.text); }, { text: one.text, language, to: answer.to });
}

function more(studio, intent) {
  const button = el("button", { type: "button", class: "square", "aria-label": t("more"), title: t("more") }, icon("more"));
  const items = () => [
    el("a", { href: `#history/${encodeURIComponent(intent.name)}` }, icon("history"), t("its_history")),
    !intent.built_in && el("a", { href: `#responses/utter_${intent.name}` }, icon("chat"), t("its_response")),
    el("button", { type: "button", class: intent.built_in ? "" : "danger", onclick: () => (intent.built_in ? whyNot() : removeIntent(studio, intent)) },
      icon("trash"), t("delete_intent")),
  ];
  const holder = el("span", { class: "holder" }, button);
  menu(button, items);
  return holder;
}

const whyNot = () => sheet(t("built_in_title"), el("p", {}, t("built_in_text")));

async function removeIntent(studio, { name, counts }) {
  const text = t("really_delete_text", { count: counts.pl + counts.en });
  const done = await sure({ title: t("really_delete", { name: intentName(name) }), text, confirm: t("delete_intent"), danger: true,
    work: () => remove(`intents/${encodeURIComponent(name)}`) });
  if (!done) return;
  studio.unsaved = null;
  toast(t("deleted"), { undo: { label: t("show_history"), work: () => { location.hash = "#history"; } } });
  location.hash = "#intents";
}

function annotationHelp() {
  return el("details", { class: "card help" }, el("summary", {}, t("annotations")),
    el("div", { class: "stack" }, el("p", {}, t("annotations_text")), el("p", {}, el("code", {}, t("annotations_example"))), el("p", { class: "soft" }, t("annotations_auto"))));
}
