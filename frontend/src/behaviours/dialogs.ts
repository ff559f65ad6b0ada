/*
 * Dialogs are the browser's own <dialog>: it keeps the focus inside and closes on Escape.
 *
 *   <button data-dialog-open="new-tag">      opens <dialog id="new-tag">
 *   hx-target="#new-tag-body"                 opens it when the content has arrived
 *   <button data-dialog-close>                closes the dialog it stands in
 */
function openDialog(dialog: Element | null | undefined): void {
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

export function installDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog-open]");
    if (opener) openDialog(document.getElementById(opener.dataset.dialogOpen ?? ""));
    if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
    /* A click on the dialog element itself, outside its panel, is a click on the backdrop. */
    if (target instanceof HTMLDialogElement && target.matches("[data-dialog]")) target.close();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    openDialog((event.target as Element).closest("dialog"));
  });
  document.addEventListener("dialog:close", (event) => {
    (event.target as Element).closest("dialog")?.close();
  });
}
