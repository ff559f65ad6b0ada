/*
 * Applies the colour theme before the first paint. The server already wrote light or dark when the person chose
 * one; "auto" follows the device, which only the browser knows.
 */
const root = document.documentElement;
const deviceIsDark = window.matchMedia("(prefers-color-scheme: dark)");
const printing = window.matchMedia("print");

export function applyTheme(): void {
  const chosen = root.dataset.theme ?? "auto";
  const dark = !printing.matches && (chosen === "dark" || (chosen === "auto" && deviceIsDark.matches));
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
}

applyTheme();
deviceIsDark.addEventListener("change", applyTheme);
/* Paper is light: charts are drawn again in the light colours for it. */
printing.addEventListener("change", applyTheme);
