/** The chat on any page: <script src="https://gateway/widget.js" defer></script>. See docs/widget.md. */
(() => {
	const SETTINGS = {}; // filled in by the gateway
	const { src, dataset } = document.currentScript;
	const gateway = new URL(src).origin;
	const key = `tellonce:${gateway}`;
	const page = new URL(location);
	let memory;
	let tries = 0;

	class TellonceChat extends HTMLElement {
		#open;
		gateway = gateway;
		settings = SETTINGS;
		identity = dataset.identity;
		resume = page.searchParams.get("resume");
		/** What the page is about. A page that changes without loading sets it anew. */
		context = { product: dataset.product, order: dataset.order };

		connectedCallback() {
			if (this.shadowRoot) return this.replaceWith(document.createElement("tellonce-chat"));
			const { languages, css, position, colour } = SETTINGS;
			const wanted = [this.kept.language, dataset.language, document.documentElement.lang, navigator.language];
			this.lang = wanted.map((one) => one?.slice(0, 2)).find((one) => languages.includes(one)) ?? languages[0];
			this.className = dataset.position ?? position;
			this.style.setProperty("--colour", CSS.supports("color", dataset.colour) ? dataset.colour : colour);
			this.attachShadow({ mode: "open" });
			this.#style(css);
			this.launcher = Object.assign(document.createElement("button"), { className: "launcher" });
			this.launcher.onclick = () => (this.open = true);
			this.launcher.onpointerenter = () => this.load();
			this.badge = Object.assign(document.createElement("span"), { className: "badge" });
			this.launcher.append(this.badge);
			this.shadowRoot.append(this.launcher);
			this.unread = 0;
			// It stays open from page to page, but on a phone it would hide the page.
			this.open = this.open || "open" in dataset || this.resume || (this.kept.open && innerWidth > 599);
			if (this.kept.token) this.load();
		}

		disconnectedCallback() {
			this.chat?.connection.stop();
		}

		get open() {
			return this.#open;
		}

		set open(value) {
			this.#open = Boolean(value);
			if (this.chat) this.chat.show();
			else if (value && this.launcher) this.load();
		}

		async compose(text) {
			this.open = true;
			await this.load();
			this.chat?.compose(text);
		}

		set unread(count) {
			const { open, unread } = SETTINGS.words[this.lang];
			this.badge.textContent = count;
			this.badge.hidden = !count;
			this.launcher.ariaLabel = count ? `${open}, ${unread}: ${count}` : open;
		}

		/** What this browser remembers; where it refuses to, this page. */
		get kept() {
			try {
				return JSON.parse(memory ?? localStorage.getItem(key)) ?? {};
			} catch {
				return {};
			}
		}

		keep(changes) {
			const text = JSON.stringify({ ...this.kept, ...changes });
			try {
				localStorage.setItem(key, text);
			} catch {
				memory = text;
			}
		}

		load() {
			this.loading ??= this.#load().catch((error) => {
				console.error(error);
				// The next click asks under another name: browsers remember a module that failed.
				tries += 1;
				this.loading = this.#open = null;
			});
			return this.loading;
		}

		async #load() {
			const file = (name) => `${gateway}/chat/static/v-${SETTINGS.version}-${tries}/${name}`;
			const texts = fetch(file(`texts/${this.lang}.json`)).then((response) => response.json());
			const css = fetch(file("chat.css")).then((response) => response.text());
			const code = SETTINGS.modules.map((name) => import(file(`${name}.js`)));
			const [words, style, { Chat }] = await Promise.all([texts, css, ...code]);
			this.#style(style);
			this.chat = new Chat(this, words);
		}

		/** A sheet made by script needs no exception in the page's content policy. */
		#style(css) {
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(css);
			this.shadowRoot.adoptedStyleSheets.push(sheet);
		}
	}

	if (customElements.get("tellonce-chat")) return;
	customElements.define("tellonce-chat", TellonceChat);
	document.body.append(document.createElement("tellonce-chat"));
	// The link from an e-mail is not left lying in the address bar.
	page.searchParams.delete("resume");
	if (page.href !== location.href) history.replaceState(history.state, "", page);
})();
