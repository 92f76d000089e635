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
  await import(`${gateway}/chat/static/chat.js`);
  document.body.append(chat);
})();
