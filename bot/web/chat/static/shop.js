/** The sample shop's page: a click on a sentence puts it into the chat; a picture that is missing leaves its tile. */

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", async () => {
    await customElements.whenDefined("tellonce-chat");
    document.querySelector("tellonce-chat").compose(button.dataset.say);
  });
}

for (const image of document.querySelectorAll(".picture img")) {
  if (image.complete && !image.naturalWidth) image.remove();
  image.addEventListener("error", () => image.remove());
}
