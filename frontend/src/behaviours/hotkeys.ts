/* `data-hotkey="1"` on a button or link: pressing that key, outside of fields, does what a click does. */
export function installHotkeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target as HTMLElement;
    if (at.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const wanted = event.key.toLowerCase();
    for (const element of document.querySelectorAll<HTMLElement>("[data-hotkey]")) {
      if (element.dataset["hotkey"] !== wanted) continue;
      event.preventDefault();
      element.click();
      return;
    }
  });
}
