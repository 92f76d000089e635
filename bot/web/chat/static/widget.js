/**
 * The chat on any page, by one line:
 *   <script src="https://gateway/widget.js" defer data-language="pl"></script>
 * Optional: data-language, data-identity (a JWT signed by the shop), data-open.
 */
(async () => {
  const { src, dataset } = document.currentScript;
  const gateway = new URL(src).origin;
  if (document.querySelector("tellonce-chat")) return;
  const chat = document.createElement("tellonce-chat");
  chat.setAttribute("src", gateway);
  for (const name of ["language", "identity", "open"]) {
    if (name in dataset) chat.setAttribute(name, dataset[name]);
  }
  // The link in an e-mail: it opens that conversation, and is not left lying in the address bar.
  const page = new URL(location);
  const resume = page.searchParams.get("resume");
  if (resume) {
    chat.setAttribute("resume", resume);
    chat.setAttribute("open", "");
    page.searchParams.delete("resume");
    history.replaceState(history.state, "", page);
  }
  await import(`${gateway}/chat/static/chat.js`);
  document.body.append(chat);
})();
