/* `data-copy="text"` puts the text on the clipboard and says so on the button for a moment. */
const THANKS_MS = 1600;

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    /* No clipboard over plain http on a private network: select the text so that it can be copied by hand. */
    return false;
  }
}

function selectNear(button: Element): void {
  const shown = button.parentElement?.querySelector("code, input");
  if (shown instanceof HTMLInputElement) shown.select();
  else if (shown) window.getSelection()?.selectAllChildren(shown);
}

export function installCopy(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    void copy(button.dataset.copy ?? "").then((done) => {
      if (!done) return selectNear(button);
      button.classList.add("is-done");
      window.setTimeout(() => button.classList.remove("is-done"), THANKS_MS);
    });
  });
}
