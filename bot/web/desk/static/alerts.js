/** Being heard and seen: a tone, the number in the title, and a desktop notification once it was allowed by hand. */

import { $, el, fill } from "/static/dom.js";
import { icon } from "/static/icons.js";
import { t } from "/static/texts.js";
import { keep, recall } from "./kept.js";

let audio = null;
let openOne = () => {};

// Browsers allow sound after the first touch of the page.
addEventListener("pointerdown", wake, { once: true });
addEventListener("keydown", wake, { once: true });

function wake() {
  try {
    audio ??= new AudioContext();
    audio.resume();
  } catch {
    // No sound on this machine: the queue shows it all the same.
  }
}

export const setUp = (open) => { openOne = open; };
export const soundOn = () => recall("sound", true);

export function soundButton() {
  const button = el("button", { type: "button", class: "quiet square", onclick: () => { keep("sound", !soundOn()); dress(); if (soundOn()) ring(1); } });
  const dress = () => {
    const words = t(soundOn() ? "sound_on" : "sound_off");
    button.setAttribute("aria-pressed", String(soundOn()));
    button.setAttribute("aria-label", t("sound"));
    button.title = words;
    fill(button, icon(soundOn() ? "sound" : "sound_off"));
  };
  dress();
  return button;
}

/** So many short tones: one for a new customer, three for one who has waited too long. */
export function ring(times) {
  if (!soundOn()) return;
  try {
    audio ??= new AudioContext();
    for (let index = 0; index < times; index += 1) tone(audio.currentTime + index * 0.35);
  } catch {
    // As above.
  }
}

function tone(at) {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.25);
}

export const title = (waiting) => { document.title = waiting ? `(${waiting}) TellOnce` : "TellOnce"; };

/** An offer to be told on the desktop, as long as nobody decided. Never asked for by itself. */
export function offer() {
  const open = "Notification" in window && Notification.permission === "default" && !recall("no_notices", false);
  $("notify").hidden = !open;
  if (!open) return;
  const close = (work) => async () => { await work(); offer(); };
  fill($("notify"), icon("bell"), el("p", { class: "small" }, t("notify_about")),
    el("span", { class: "row tight" },
      el("button", { type: "button", class: "compact", onclick: close(() => Notification.requestPermission()) }, t("notify_on")),
      el("button", { type: "button", class: "compact quiet", onclick: close(() => keep("no_notices", true)) }, t("notify_no"))));
}

/** Tell of a conversation: aloud to a screen reader, and on the desktop while the page is not looked at. */
export function notice(conversation, words) {
  $("heard").textContent = words;
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  const shown = new Notification("TellOnce", { body: words, tag: conversation.id, lang: document.documentElement.lang });
  shown.onclick = () => { window.focus(); openOne(conversation.id); shown.close(); };
}
