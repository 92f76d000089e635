/** The tools on the right of the bar: sound, keys, and the menu of whoever is logged in. */

import { $, el, fill, initials } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { menu } from "/static/menu.js";
import { LANGUAGES, language, t } from "/static/texts.js";
import { THEMES, theme, useTheme } from "/static/theme.js";
import { attempt } from "/static/toast.js";
import { soundButton } from "./alerts.js";

/** `acts` is {out(), speak(language), help(), changed(user)}. */
export function draw(me, acts) {
  const account = el("button", { type: "button", class: "quiet account", "aria-label": t("account_of", { name: me.name }) },
    el("span", { class: "avatar" }, initials(me.name)), el("span", { class: "who one-line" }, me.name), icon("chevron_down"));
  fill($("brand"), icon("chat"), el("span", {}, "TellOnce"));
  fill($("tools"),
    me.role === "admin" ? el("a", { class: "button quiet studio", href: "/studio" }, t("studio")) : null,
    soundButton(),
    el("button", { type: "button", class: "quiet square help", "aria-label": t("keys"), title: t("key_hint", { key: "?" }), onclick: acts.help }, icon("keyboard")),
    account);
  menu(account, () => [
    el("button", { type: "button", onclick: () => attempt(() => openAccount(me, acts.changed)) }, icon("person"), t("my_account")),
    el("button", { type: "button", onclick: nextTheme }, icon(theme() === "dark" ? "moon" : "sun"), `${t("theme")}: ${t(`theme_${theme()}`)}`),
    ...Object.entries(LANGUAGES).filter(([code]) => code !== language()).map(([code, name]) =>
      el("button", { type: "button", lang: code, onclick: () => attempt(() => acts.speak(code)) }, icon("language"), name)),
    el("button", { type: "button", onclick: acts.out }, icon("logout"), t("log_out")),
  ]);
}

async function openAccount(me, changed) {
  const account = await import("/static/account.js");
  account.openAccount(me, changed);
}

const nextTheme = () => useTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
