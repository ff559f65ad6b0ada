/* `data-guess-time-zone` around a select: while nobody has chosen, the browser's own zone is the best guess. */
export function installTimeZone(): void {
  const guess = zoneOf();
  for (const select of document.querySelectorAll<HTMLSelectElement>("[data-guess-time-zone] select")) {
    const offered = [...select.options].map((option) => option.value);
    // Browsers know some zones by an older name.
    const found = offered.find((name) => name === guess) ?? offered.find((name) => zoneOf(name) === guess);
    if (found) select.value = found;
  }
}

/** The browser's name for a time zone; for its own without one, "" for none. */
function zoneOf(timeZone?: string): string {
  if (timeZone === "") return "";
  try {
    return Intl.DateTimeFormat(undefined, { timeZone }).resolvedOptions().timeZone;
  } catch {
    return "";
  }
}
