/* A filter bar marked `data-live` applies itself when something in it changes; empty fields stay out of the address. */
const TYPING_PAUSE_MS = 350;

function dropEmptyFields(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input[name], select[name]")) {
    if (field.value === "") field.disabled = true;
  }
  /* Back again for the next time; the browser has read the form by then. */
  window.setTimeout(() => {
    for (const field of form.querySelectorAll<HTMLInputElement>("[disabled][name]")) field.disabled = false;
  });
}

export function installFilters(): void {
  let pause: number | undefined;
  document.addEventListener("change", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-live]");
    if (!form) return;
    window.clearTimeout(pause);
    form.requestSubmit();
  });
  document.addEventListener("input", (event) => {
    const field = event.target as Element;
    const form = field.closest<HTMLFormElement>("form[data-live]");
    if (!form || !form.hasAttribute("hx-get") || !field.matches("input[type=search], input[type=text]")) return;
    window.clearTimeout(pause);
    pause = window.setTimeout(() => form.requestSubmit(), TYPING_PAUSE_MS);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.matches("form[data-filterbar]") && !form.hasAttribute("hx-get")) dropEmptyFields(form);
  });
}
