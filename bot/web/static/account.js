/** My account, the same in desk and studio: name, language, password, and where I am logged in. */

import * as api from "./api.js";
import { sheet } from "./dialog.js";
import { action, busy, el, field, fill, initials, problem, skeleton } from "./dom.js";
import { icon } from "./icons.js";
import { passwordField } from "./password.js";
import { LANGUAGES, t, when } from "./texts.js";
import { attempt, toast } from "./toast.js";

/**
 * Open the dialog; returns it. `user` is what `desk/me` answered, and `changed(user)` hears it anew when name or
 * language were saved.
 */
export function openAccount(user, changed = () => {}) {
  const sessions = el("div", {}, skeleton(3));
  const dialog = sheet(t("my_account"), el("div", { class: "stack wide" },
    profile(user, changed), el("hr"), password(sessions), el("hr"),
    el("section", { class: "stack", "aria-labelledby": "account-sessions" },
      el("h3", { id: "account-sessions" }, t("account_sessions")), sessions)));
  listSessions(sessions);
  return dialog;
}

function profile(user, changed) {
  const name = el("input", { name: "name", autocomplete: "name", required: true, maxlength: 100, value: user.name });
  const language = el("select", { name: "language", value: user.language },
    Object.entries(LANGUAGES).map(([code, words]) => el("option", { value: code, lang: code }, words)));
  const save = el("button", { class: "primary" }, t("save"));
  const about = el("div", { class: "row" }, el("span", { class: "avatar", "aria-hidden": "true" }, initials(user.name)),
    el("div", {}, el("p", { class: "as-written" }, user.email), el("p", { class: "soft small" }, t(`role_${user.role}`))));
  return form([about, field(t("name"), name, { hint: t("account_name_hint") }), field(t("language"), language), el("div", { class: "row" }, save)],
    save, { name, language }, async () => {
      const now = await api.patch("desk/me", { name: name.value, language: language.value });
      Object.assign(user, now);
      name.value = now.name;
      about.querySelector(".avatar").textContent = initials(now.name);
      toast(t("saved"));
      changed(now);
    });
}

function password(sessions) {
  const old = passwordField(t("account_password_old"), { name: "old", autocomplete: "current-password", rated: false });
  const fresh = passwordField(t("account_password_new"), { name: "new" });
  const save = el("button", {}, t("account_password_save"));
  const node = form([el("h3", {}, t("password")), old.node, fresh.node, el("div", { class: "row" }, save)],
    save, { old: old.input, new: fresh.input }, async () => {
      await api.post("desk/password", { old: old.input.value, new: fresh.input.value });
      node.reset();
      fresh.input.dispatchEvent(new Event("input"));
      toast(t("account_password_saved"));
      await listSessions(sessions);
    });
  return node;
}

/** A part of the dialog that is saved by itself; what is refused is said at its field. */
function form(parts, submit, inputs, work) {
  const error = el("p", { class: "error", role: "alert" });
  const node = el("form", { class: "stack", novalidate: true }, parts, error);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(submit, async () => {
      error.textContent = "";
      for (const input of Object.values(inputs)) problem(input, "");
      const missing = Object.values(inputs).find((input) => !input.value.trim());
      if (missing) {
        problem(missing, t("needed"));
        return missing.focus();
      }
      try {
        return await work();
      } catch (refused) {
        const place = inputs[refused.details?.field];
        if (place) problem(place, refused.message);
        else error.textContent = refused.message;
        return (place ?? submit).focus();
      }
    });
  });
  return node;
}

async function listSessions(place) {
  const found = await attempt(() => api.get("desk/sessions"));
  if (!found) return fill(place, action(t("retry"), () => listSessions(place)));
  const others = found.sessions.filter((one) => !one.current);
  return fill(place, el("div", { class: "stack" },
    el("ul", { class: "stack" }, [...found.sessions.filter((one) => one.current), ...others].map((one) => session(one, place))),
    others.length > 1 && el("div", { class: "row" }, action(t("account_end_others"), () => endOthers(place), { class: "danger" }))));
}

function session(one, place) {
  const device = [one.browser, one.system].filter(Boolean).join(", ") || t("account_unknown_device");
  const end = () => attempt(async () => {
    await api.remove(`desk/sessions/${encodeURIComponent(one.id)}`);
    toast(t("account_ended"));
    await listSessions(place);
  });
  return el("li", { class: "row apart" },
    el("div", {},
      el("p", { class: "row" }, el("strong", {}, device), one.current && el("span", { class: "badge good" }, icon("check"), t("account_this_one"))),
      el("p", { class: "soft small" }, t("account_session", { address: one.address, since: when(one.created_at), last: when(one.last_seen_at) }))),
    !one.current && action(t("account_end"), end, { class: "compact", "aria-label": t("account_end_this", { device }) }));
}

const endOthers = (place) => attempt(async () => {
  const { ended } = await api.remove("desk/sessions");
  toast(t("account_ended_others", { count: ended }));
  await listSessions(place);
});
