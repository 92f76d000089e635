/** Staff: who may work here, as what, and the links with which they choose their passwords. */

import * as api from "/static/api.js";
import { ask, sheet } from "/static/dialog.js";
import { action, el, empty, fill, initials, skeleton } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { menu } from "/static/menu.js";
import { LANGUAGES, language, t, when } from "/static/texts.js";
import { attempt, toast } from "/static/toast.js";

const ROLES = ["agent", "manager", "admin"];

export async function show(place, studio) {
  const list = el("div", {}, skeleton(5));
  const again = () => fillList(list, studio.user.id);
  fill(place, el("div", { class: "stack wide" },
    el("div", { class: "row apart" }, el("h1", {}, t("tab_users")),
      el("button", { type: "button", class: "primary", onclick: () => invite(again) }, icon("user_plus"), t("users_invite"))),
    list, roles()));
  await again();
}

async function fillList(place, me) {
  const found = await attempt(() => api.get("studio/users"));
  if (!found) return fill(place, empty("people", t("users_failed"), "", action(t("retry"), () => fillList(place, me))));
  const users = [...found.users.filter((one) => one.active), ...found.users.filter((one) => !one.active)];
  return fill(place, el("ul", { class: "card people" }, users.map((user) => row(user, user.id === me, () => fillList(place, me)))));
}

function row(user, mine, again) {
  const more = el("button", { type: "button", class: "quiet square", "aria-label": t("users_actions_of", { name: user.name }), title: t("users_actions") }, icon("more"));
  const node = el("li", {},
    el("div", { class: user.active ? "who" : "who away" }, el("span", { class: "avatar", "aria-hidden": "true" }, initials(user.name)),
      el("div", {}, el("p", {}, el("strong", {}, user.name)), el("p", { class: "soft small" }, user.email))),
    el("p", { class: "how row tight" }, el("span", { class: "badge" }, t(`role_${user.role}`)), mine && el("span", { class: "badge good" }, t("users_you")), state(user)),
    el("p", { class: "seen soft small" },
      user.last_seen_at ? t("users_seen", { when: when(user.last_seen_at) }) : t("users_never"),
      user.conversations > 0 && [el("br"), t("users_open", { count: user.conversations })]),
    el("div", { class: "more" }, more));
  menu(more, () => [
    item("edit", t("edit"), () => edit(user, again)),
    user.active && item("lock", t("users_new_link"), () => newLink(user, again)),
    mine ? null : user.active ? item("archive", t("users_deactivate"), () => deactivate(user, again), "danger")
      : item("undo", t("users_activate"), () => activate(user, again)),
  ]);
  return node;
}

const item = (drawing, words, work, kind = "") => el("button", { type: "button", class: kind, onclick: work }, icon(drawing), words);

function state(user) {
  if (!user.active) return el("span", { class: "badge bad" }, t("users_inactive"));
  if (user.link_until) return el("span", { class: "badge info" }, t("users_link_until", { until: when(user.link_until) }));
  return user.invited && el("span", { class: "badge warn" }, t("users_link_over"));
}

const roles = () => el("details", { class: "card" },
  el("summary", {}, t("users_roles")),
  el("dl", { class: "role-notes" }, ROLES.map((role) => el("div", {}, el("dt", {}, el("strong", {}, t(`role_${role}`))), el("dd", { class: "soft" }, t(`users_role_${role}`))))));

const person = (user) => [
  { name: "name", label: t("name"), value: user?.name, required: true, most: 100, hint: t("users_name_hint") },
  { name: "role", label: t("users_role"), kind: "select", value: user?.role ?? "agent", options: ROLES.map((role) => [role, t(`role_${role}`)]) },
  { name: "language", label: t("language"), kind: "select", value: user?.language ?? language(), options: Object.entries(LANGUAGES) },
];

async function invite(again) {
  let made = null;
  const email = { name: "email", label: t("email"), kind: "email", required: true, most: 254 };
  await ask({
    title: t("users_invite"), text: t("users_invite_text"), fields: [email, ...person(null)], confirm: t("users_invite"),
    work: async (values) => { made = await api.post("studio/users", values); },
  });
  if (!made) return;
  again();
  showLink(made, t("users_invited", { name: made.user.name }));
}

async function edit(user, again) {
  const saved = await ask({
    title: user.name, text: user.email, fields: person(user), confirm: t("save"),
    work: (values) => api.patch(`studio/users/${user.id}`, values),
  });
  if (!saved) return;
  toast(t("saved"));
  await again();
}

async function newLink(user, again) {
  const made = await attempt(() => api.post(`studio/users/${user.id}/password-link`));
  if (!made) return;
  again();
  showLink(made, t("users_link_for", { name: user.name }));
}

async function deactivate(user, again) {
  const text = [t("users_deactivate_text"), user.conversations ? t("users_deactivate_open", { count: user.conversations }) : ""];
  const done = await ask({
    title: t("users_deactivate_title", { name: user.name }), text: text.filter(Boolean).join(" "), danger: true,
    confirm: t("users_deactivate"), work: () => api.patch(`studio/users/${user.id}`, { active: false }),
  });
  if (!done) return;
  toast(done.released ? t("users_deactivated_open", { name: user.name, count: done.released }) : t("users_deactivated", { name: user.name }));
  await again();
}

const activate = (user, again) => attempt(async () => {
  await api.patch(`studio/users/${user.id}`, { active: true });
  toast(t("users_activated", { name: user.name }));
  await again();
});

/** The link is shown this once: only its hash is kept. */
function showLink({ user, link, expires_at: until }, title) {
  const address = el("input", { readonly: true, value: link, "aria-label": t("users_link"), onfocus: () => address.select() });
  const mail = `mailto:${encodeURIComponent(user.email)}?${new URLSearchParams({ subject: t("users_mail_subject"), body: t("users_mail_body", { name: user.name, link, until: when(until) }) }).toString().replaceAll("+", "%20")}`;
  sheet(title, el("div", { class: "stack" },
    el("p", {}, t("users_link_text", { until: when(until) })),
    address,
    el("div", { class: "row" },
      action([icon("copy"), t("copy")], () => copy(address), { class: "primary" }),
      el("a", { class: "button", href: mail }, icon("mail"), t("users_mail")))));
  address.focus();
}

async function copy(address) {
  address.select();
  // The clipboard is for secure pages; a plain local address has the older way.
  const copied = await navigator.clipboard?.writeText(address.value).then(() => true, () => false);
  if (copied || document.execCommand("copy")) toast(t("copied"));
}
