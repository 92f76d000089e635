/** The log-in form of desk and studio. */

import * as api from "./api.js";
import { busy, el, field, fill, problem } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

/** Show the form in `place`; resolves with the user when the gateway let them in (the CSRF token is then in use). */
export function signIn(place, title) {
  return new Promise((resolve) => {
    const email = el("input", { type: "email", name: "email", autocomplete: "username", required: true });
    const password = el("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
    const notice = el("p", { class: "banner warn", role: "status", hidden: true });
    const submit = el("button", { class: "primary" }, t("log_in"));
    const form = el("form", { class: "card" },
      el("p", { class: "brand" }, icon("chat"), "TellOnce"),
      el("h1", {}, title),
      notice,
      field(t("email"), email), field(t("password"), password), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(submit, async () => {
        problem(password, "");
        try {
          const { csrf } = await api.post("desk/login", { email: email.value, password: password.value });
          api.useToken(csrf);
          resolve(await api.get("desk/me"));
        } catch (error) {
          problem(password, error.message);
          password.select();
        }
      });
    });
    fill(place, el("div", { class: "alone" }, form));
    email.focus();
    // Somebody who has just installed it looks for a log-in that nobody has yet.
    api.get("setup").then(({ needed }) => {
      notice.hidden = !needed;
      notice.textContent = t("not_set_up");
    }).catch(() => {});
  });
}
