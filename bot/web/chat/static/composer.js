
import { button, el, icon } from "./dom.js";

const LONGEST_TEXT = 4000;
const NEARLY = 400;
const LARGEST_FILE = 10 * 2 ** 20;
const FILE_TYPES = "image/jpeg,image/png,image/gif,image/webp,application/pdf";
// The gateway refuses control characters.
const CONTROL = /(?![\n\t])[\p{Cc}\p{Cs}]/gu;
const CLIP = "M8 12l5-5a3 3 0 0 1 4 4l-7 7a5 5 0 0 1-7-7l7-7";
const PLANE = "M4 12l16-8-5 16-3-7z";
const PERSON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0";

export class Composer {
	constructor(chat) {
		this.chat = chat;
		const t = (key) => chat.t(key);
		const picker = el("input", { type: "file", accept: FILE_TYPES, hidden: "", multiple: "" });
		picker.onchange = () => {
			this.#files(picker.files);
			picker.value = "";
		};
		this.input = el("textarea", { id: "text", rows: 1, placeholder: t("write"), enterkeyhint: "send" });
		this.input.oninput = () => this.#changed();
		this.input.onkeydown = (event) => this.#key(event);
		this.input.onpaste = ({ clipboardData }) => this.#files(clipboardData.files);
		this.counter = el("span", { role: "status" });
		this.submit = button("send", t("send"), () => this.#send(), PLANE);
		this.human = button("human", t("human"), () => chat.say(t("human_text")));
		this.human.prepend(icon(PERSON));
		this.node = el(
			"div",
			{ class: "composer" },
			el("label", { class: "hidden", for: "text" }, t("write")),
			button("attach", t("attach"), () => picker.click(), CLIP),
			picker,
			this.input,
			this.submit,
			el("div", { class: "below" }, this.human, this.counter),
		);
	}

	set(text) {
		this.input.value = text;
		this.#changed();
	}

	#key(event) {
		// Enter also ends a word of an input method.
		if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
		event.preventDefault();
		if (!this.submit.disabled) this.#send();
	}

	#send() {
		const text = this.#text();
		this.set("");
		this.chat.say(text);
	}

	#files(files) {
		const { chat } = this;
		for (const file of files) {
			if (file.size > LARGEST_FILE) chat.note(chat.t("file_size"));
			else chat.connection.outbox.addFile(file);
		}
	}

	#text() {
		return this.input.value.replace(CONTROL, "").trim();
	}

	#changed() {
		const { input, counter, submit, chat } = this;
		// Counted as the gateway counts: an emoji is one character.
		const left = LONGEST_TEXT - [...this.#text()].length;
		const words = left < 0 ? "too_long" : "left";
		counter.textContent = left < NEARLY ? chat.t(words, { count: Math.abs(left) }) : "";
		counter.className = words;
		submit.disabled = left < 0 || left === LONGEST_TEXT;
		input.style.height = "auto";
		input.style.height = `${input.scrollHeight + 2}px`;
		chat.host.keep({ draft: input.value });
	}
}
