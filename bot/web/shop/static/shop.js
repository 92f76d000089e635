/** The shop's pages: a click on a sentence or a question puts it into the chat; a changed filter shows its result. */

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", async () => {
    await customElements.whenDefined("tellonce-chat");
    document.querySelector("tellonce-chat").compose(button.dataset.say);
  });
}

// Without scripts the button "show" does it.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// An address with every empty field in it is nothing to share.
for (const form of document.querySelectorAll('form:not([method="post"])')) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value || (name === "sort" && value === "best")) formData.delete(name);
  });
}

// In a long row the chosen category may be out of sight.
const chosen = document.querySelector(".shelves [aria-current]");
const row = chosen?.closest("ul");
row?.scrollTo({ left: chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2 });

// A picture of another site that does not come leaves a tidy frame.
for (const image of document.querySelectorAll(".frame img")) {
  const gone = () => image.parentElement.classList.add("broken");
  if (image.complete && !image.naturalWidth) gone();
  image.addEventListener("error", gone);
}
