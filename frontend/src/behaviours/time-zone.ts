/* `data-guess-time-zone` around a select: while nobody has chosen, the browser's own zone is the best guess. */
export function installTimeZone(): void {
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const select of document.querySelectorAll<HTMLSelectElement>("[data-guess-time-zone] select")) {
    if ([...select.options].some((option) => option.value === guess)) select.value = guess;
  }
}
