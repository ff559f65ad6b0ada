/* A part of a form marked `data-shown-when="kind" data-shown-values="number money"` shows while that field holds one of those values. */

function apply(form: HTMLFormElement): void {
  for (const part of form.querySelectorAll<HTMLElement>("[data-shown-when]")) {
    const field = form.elements.namedItem(part.dataset.shownWhen ?? "");
    const value = field instanceof HTMLSelectElement || field instanceof RadioNodeList ? field.value : "";
    part.hidden = !(part.dataset.shownValues ?? "").split(" ").includes(value);
  }
}

export function installShown(): void {
  for (const form of document.forms) apply(form);
  document.addEventListener("change", (event) => {
    const form = (event.target as Element).closest("form");
    if (form?.querySelector("[data-shown-when]")) apply(form);
  });
}
