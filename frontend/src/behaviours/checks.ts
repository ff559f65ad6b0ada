/*
 * Choosing rows of a table: `data-check-all` in the head ticks every `data-check-row` of the same table or form, and
 * elements with `data-check-count` show how many are ticked; `data-check-needed` stay disabled until one is.
 */
function scopeOf(element: Element): Element {
  return element.closest("[data-checks]") ?? element.closest("form") ?? document.body;
}

function refresh(scope: Element): void {
  const rows = [...scope.querySelectorAll<HTMLInputElement>("input[data-check-row]")];
  const ticked = rows.filter((row) => row.checked).length;
  for (const all of scope.querySelectorAll<HTMLInputElement>("input[data-check-all]")) {
    all.checked = rows.length > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
  }
  for (const count of scope.querySelectorAll("[data-check-count]")) count.textContent = String(ticked);
  for (const needed of scope.querySelectorAll<HTMLButtonElement>("[data-check-needed]")) needed.disabled = ticked === 0;
  for (const shown of scope.querySelectorAll<HTMLElement>("[data-check-shown]")) shown.hidden = ticked === 0;
}

export function installChecks(): void {
  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (!box.matches("[data-check-all], [data-check-row]")) return;
    const scope = scopeOf(box);
    if (box.matches("[data-check-all]")) {
      for (const row of scope.querySelectorAll<HTMLInputElement>("input[data-check-row]")) row.checked = box.checked;
    }
    refresh(scope);
  });
  const refreshAll = (): void => document.querySelectorAll("[data-checks]").forEach(refresh);
  document.addEventListener("htmx:load", refreshAll);
  window.addEventListener("pageshow", refreshAll);
}
