/** The sample shop's page: a click on a sentence puts it into the chat. */

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", async () => {
    await customElements.whenDefined("tellonce-chat");
    document.querySelector("tellonce-chat").compose(button.dataset.say);
  });
}
